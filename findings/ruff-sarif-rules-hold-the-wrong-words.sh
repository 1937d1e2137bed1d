#!/usr/bin/env bash
# ruff 0.17.6: `--output-format sarif` fills the rules' `shortDescription` and `help` with the message of the rule before it is
# formatted: S105 is `assigned to: "{}"`, and S602, whose message depends on the call, has the words for the harmless case. Whoever
# takes a finding's title or remedy from its rule, as is usual with SARIF, tells of a shell call that joins a variable that it
# "seems safe"; only the result's own message says what was found.
# Seen: the four lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check ruff==0.17.6
cat > "$folder/app.py" <<'PYTHON'
import subprocess

password = "made-up"
subprocess.Popen("/bin/ls " + password, shell=True)
PYTHON
"$folder/venv/bin/ruff" check --isolated --no-cache --select S105,S602 --exit-zero --output-format sarif "$folder/app.py" > "$folder/report"
seen=$(python3 - "$folder/report" <<'PYTHON'
import json
import sys

run = json.load(open(sys.argv[1]))["runs"][0]
rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
for result in run["results"]:
    rule = rules[result["ruleId"]]
    assert rule["help"] == rule["shortDescription"]
    print(result["ruleId"], "result:", result["message"]["text"])
    print(result["ruleId"], "rule:", rule["shortDescription"]["text"])
PYTHON
)
echo "$seen"
[ "$seen" = 'S105 result: Possible hardcoded password assigned to: "password"
S105 rule: Possible hardcoded password assigned to: "{}"
S602 result: `subprocess` call with `shell=True` identified, security issue
S602 rule: `subprocess` call with `shell=True` seems safe, but may be changed in the future; consider rewriting without `shell`' ]
