#!/usr/bin/env bash
# cfn-lint 1.58.0: the exit code is a sum of what was found: 4 for warnings alone, 6 for warnings and errors, never 1; a test for 1, or one
# that takes codes above 1 for a failure of the tool, as other scanners use them, drops good reports. In its SARIF the errors have
# a `level`, the warnings and their rules none, while the JSON says "Warning".
# Seen: the three lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'cfn-lint[sarif]==1.58.0'
cd "$folder"
cat > warning.yaml <<'YAML'
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Unused:
    Type: String
Resources:
  Topic:
    Type: AWS::SNS::Topic
YAML
{ cat warning.yaml; printf '    Properties:\n      Nothing: 1\n'; } > both.yaml
seen=$(for name in warning both; do
    for format in json sarif; do
        code=0
        venv/bin/cfn-lint --format "$format" "$name.yaml" > "$format" 2> log || code=$?
        echo "$code" > "$format.code"
    done
    python3 - "$name" <<'PYTHON'
import json
import sys

levels = {match["Rule"]["Id"]: match["Level"] for match in json.load(open("json"))}
run = json.load(open("sarif"))["runs"][0]
assert open("json.code").read() == open("sarif.code").read()
assert not any("defaultConfiguration" in rule for rule in run["tool"]["driver"]["rules"])
for result in run["results"]:
    print(sys.argv[1], open("sarif.code").read().strip(), result["ruleId"], levels[result["ruleId"]], result.get("level"))
PYTHON
done)
echo "$seen"
[ "$seen" = "warning 4 W2001 Warning None
both 6 W2001 Warning None
both 6 E3002 Error error" ]
