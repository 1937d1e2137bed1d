#!/usr/bin/env bash
# secretlint 13.0.6 (npm): `--format json` masks the secrets in its messages, but has the whole text of each file beside them
# (`sourceContent`), clean files included: whoever stores, forwards or shows such a report because it is masked hands on each secret in
# clear, with all of the source. Its SARIF holds neither.
# Seen: the three lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-fund --no-audit --prefix "$folder" secretlint@13.0.6 \
    @secretlint/secretlint-rule-preset-recommend@13.0.6 @secretlint/secretlint-formatter-sarif@13.0.5
cd "$folder"
echo '{"rules": [{"id": "@secretlint/secretlint-rule-preset-recommend"}]}' > .secretlintrc.json
mkdir source
# Made up: of the form that the rule looks for.
secret=ghp_$(printf "Ab1Cd2%.0s" 1 2 3 4 5 6)
echo "first line" > source/a.txt
echo "token = $secret" >> source/a.txt
echo "clean" > source/b.txt
for format in json @secretlint/secretlint-formatter-sarif; do
    node_modules/.bin/secretlint --format "$format" "source/*" > "${format##*-}" || [ $? = 1 ]
done
seen=$(python3 - "$secret" <<'PYTHON'
import json
import sys

secret = sys.argv[1]
for entry in json.load(open("json")):
    shown = "secret" if secret in json.dumps(entry["messages"]) else "masked" if entry["messages"] else "none"
    print("json", entry["filePath"][-5:], "messages:", shown, "source:", entry["sourceContent"].replace(secret, "SECRET").split("\n"))
print("sarif", secret in open("sarif").read(), "first line" in open("sarif").read())
PYTHON
)
echo "$seen"
[ "$seen" = "json a.txt messages: masked source: ['first line', 'token = SECRET', '']
json b.txt messages: none source: ['clean', '']
sarif False False" ]
