#!/usr/bin/env bash
# Wapiti 3.2.3 (wapiti3 on PyPI): `-f xml` writes <info name="auth" xsi:nil="true"/> without ever declaring the prefix `xsi`, so
# its report of a scan without login is not namespace-well-formed: Python's own parsers refuse it ("unbound prefix"), and lxml does
# so too unless it is told to recover. The JSON of the same scan is fine (`"auth": null`).
# Seen: a report whose parsing ends with `unbound prefix`. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check wapiti3==3.2.3
mkdir "$folder/site"
echo '<html><body><a href="/b.html">b</a></body></html>' | tee "$folder/site/index.html" > "$folder/site/b.html"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 -m http.server --bind 127.0.0.1 --directory "$folder/site" "$port" 2> /dev/null &
server=$!
sleep 1
HOME=$folder "$folder/venv/bin/wapiti" -u "http://127.0.0.1:$port/" -m http_headers --flush-session --no-bugreport \
    -f xml -o "$folder/report.xml" > "$folder/log" 2>&1
grep -n -o '<info name="auth" xsi:nil="true"/>' "$folder/report.xml"
! grep -q 'xmlns:xsi' "$folder/report.xml"
python3 - "$folder/report.xml" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

try:
    tree.parse(sys.argv[1])
except tree.ParseError as error:
    print("refused:", error)
    sys.exit("unbound prefix" not in str(error))
sys.exit("it is read now")
PYTHON
