#!/usr/bin/env bash
# msgspec 0.22.0: a `Raw` equals another `Raw`, a `bytearray` and a `memoryview` of the same bytes, but never `bytes` themselves,
# in neither order. `raw == b"null"` is silently always false: a guard for a JSON null that is written so lets all nulls through.
# Seen: prints `bytes False False, bytearray True, memoryview True, raw True`. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check msgspec==0.22.0
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import msgspec

raw = msgspec.json.decode(b'{"cvss": null}', type=dict[str, msgspec.Raw])["cvss"]
assert bytes(raw) == b"null"
print(
    f"bytes {raw == b'null'} {b'null' == raw}, bytearray {raw == bytearray(b'null')}, "
    f"memoryview {raw == memoryview(b'null')}, raw {raw == msgspec.Raw(b'null')}"
)
PYTHON
)
echo "$seen"
[ "$seen" = "bytes False False, bytearray True, memoryview True, raw True" ]
