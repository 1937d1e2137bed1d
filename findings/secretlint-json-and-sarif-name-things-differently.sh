#!/usr/bin/env bash
# secretlint 13.0.6 with its formatter-sarif 13.0.5 (npm): the same finding has a column from 0 in JSON and from 1 in SARIF (lines are
# from 1 in both), and its `ruleId`, the rule alone in JSON, is "preset > rule" in SARIF, where the version of the driver is "1.0.0"
# whatever release ran. Findings of the two formats cannot be matched by rule and place, nor releases be told by the version.
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
seen=$(python3 - <<'PYTHON'
import json

for entry in json.load(open("json")):
    for message in entry["messages"]:
        print("json", message["ruleId"], *message["loc"]["start"].values())
run = json.load(open("sarif"))["runs"][0]
for result in run["results"]:
    region = result["locations"][0]["physicalLocation"]["region"]
    print("sarif", result["ruleId"], region["startLine"], region["startColumn"])
print("sarif", run["tool"]["driver"]["version"])
PYTHON
)
echo "$seen"
[ "$seen" = "json @secretlint/secretlint-rule-github 2 8
sarif @secretlint/secretlint-rule-preset-recommend > @secretlint/secretlint-rule-github 2 9
sarif 1.0.0" ]
