#!/usr/bin/env bash
# bandit 1.9.4 (`bandit[sarif]`): with `-f sarif` results of severity HIGH have the level "error" and LOW ones "note", but those of MEDIUM
# have no `level` at all, nor has their rule a defaultConfiguration: "warning" is only what SARIF reads into silence. A reader that
# counts by `level` loses them or calls them unrated. Only `properties.issue_severity` has all three.
# Seen: the three lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check 'bandit[sarif]==1.9.4'
cat > "$folder/app.py" <<'PYTHON'
password = "made-up"
eval("1")
import hashlib
hashlib.md5(b"")
PYTHON
cd "$folder"
venv/bin/bandit -q --exit-zero -f sarif -o report app.py
seen=$(python3 - <<'PYTHON'
import json

run = json.load(open("report"))["runs"][0]
rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
for result in run["results"]:
    print(result["ruleId"], result["properties"]["issue_severity"], result.get("level"), rules[result["ruleId"]].get("defaultConfiguration"))
PYTHON
)
echo "$seen"
[ "$seen" = "B105 LOW note None
B307 MEDIUM None None
B324 HIGH error None" ]
