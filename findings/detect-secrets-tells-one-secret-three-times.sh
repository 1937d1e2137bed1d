#!/usr/bin/env bash
# detect-secrets 1.5.0: `scan` has one entry for each plugin which hits, not for each secret: one value in one line comes three times,
# with the same `hashed_secret`, file and line and only another `type`. Counts of such a report are too high, and an identity
# made of file, line and type makes three findings out of one leak; the hash is what belongs together. The exit code is 0.
# Seen: the four lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check detect-secrets==1.5.0
mkdir "$folder/source"
cd "$folder/source"
# Made up: forty characters of the form that the plugin for AWS looks for.
printf 'aws_secret_access_key = "%s%s"\n' 'Zx8kQ2vLr7TnB4wYs1Pd' 'Hq9MfJc3Ue6GaWt5Ri0K' > settings.py
../venv/bin/detect-secrets scan --all-files . > ../report
seen=$(python3 - ../report <<'PYTHON'
import json
import sys

entries = json.load(open(sys.argv[1]))["results"]["settings.py"]
for entry in entries:
    print(entry["line_number"], entry["type"])
print(len(entries), "entries,", len({entry["hashed_secret"] for entry in entries}), "hash")
PYTHON
)
echo "$seen"
[ "$seen" = '1 AWS Access Key
1 Base64 High Entropy String
1 Secret Keyword
3 entries, 1 hash' ]
