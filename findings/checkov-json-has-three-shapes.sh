#!/usr/bin/env bash
# checkov 3.3.30: `-o json` is an object if one kind of file was scanned, a list of such objects if there were several, and, if there was
# nothing to scan, a bare summary of other keys, without `check_type` or `results`, with exit code 0. One file more or less in a repository
# changes the shape of its report: whoever reads the object alone fails or skips at the first second kind, and whoever knows
# a report by `check_type` refuses the empty one.
# Seen: the three lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check checkov==3.3.30
cd "$folder"
export HOME=$folder
mkdir none one two
echo 'nothing' > none/notes.txt
printf 'FROM debian:12\nRUN true\n' | tee one/Dockerfile > two/Dockerfile
printf 'resource "aws_sns_topic" "topic" {\n  name = "topic"\n}\n' > two/main.tf
seen=$(for source in none one two; do
    code=0
    venv/bin/checkov --skip-download --quiet -d "$source" -o json > report 2> log || code=$?
    python3 - "$source" "$code" <<'PYTHON'
import json
import sys

report = json.load(open("report"))
kinds = [part.get("check_type") for part in (report if isinstance(report, list) else [report])]
print(*sys.argv[1:], type(report).__name__, kinds, "results" in (report[0] if isinstance(report, list) else report))
PYTHON
done)
echo "$seen"
[ "$seen" = "none 0 dict [None] False
one 1 dict ['dockerfile'] True
two 1 list ['dockerfile', 'terraform'] True" ]
