#!/usr/bin/env bash
# eslint 10.15.0 with @microsoft/eslint-formatter-sarif 3.1.0 (npm): a file that does not parse is a fatal error of severity 2 in the JSON
# and counts in `errorCount`; in SARIF it is no result, only a notification of the invocation. A SARIF reader that looks
# at `results` sees a clean run, although no rule ever saw the file; the JSON of the same run has one error, without a `ruleId`.
# Seen: the three lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-fund --no-audit --prefix "$folder" eslint@10.15.0 @microsoft/eslint-formatter-sarif@3.1.0
cd "$folder"
echo 'export default [{ rules: { "no-eval": "error" } }];' > eslint.config.mjs
mkdir source
echo 'eval("1"); let = 1;' > source/a.js
for format in json @microsoft/eslint-formatter-sarif; do
    code=0
    node_modules/.bin/eslint -f "$format" source > "${format##*-}" || code=$?
    [ "$code" = 1 ]
done
seen=$(python3 - <<'PYTHON'
import json

for entry in json.load(open("json")):
    print("json", entry["errorCount"], [(message["ruleId"], message["severity"]) for message in entry["messages"]])
run = json.load(open("sarif"))["runs"][0]
print("sarif", "results:", len(run.get("results", [])))
for invocation in run["invocations"]:
    print("sarif", invocation["executionSuccessful"], "notifications:", len(invocation["toolConfigurationNotifications"]))
PYTHON
)
echo "$seen"
[ "$seen" = "json 1 [(None, 2)]
sarif results: 0
sarif False notifications: 1" ]
