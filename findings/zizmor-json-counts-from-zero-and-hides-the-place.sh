#!/usr/bin/env bash
# zizmor 1.32.0: in `--format json` rows and columns count from 0, whereas its SARIF and its text of the same run count from 1; and the
# first of a finding's `locations` is not the one that matters: here it is of kind "Hidden", the "Primary" is the second. Whoever
# takes `locations[0]` and prints its row as a line points at the line above, at another part of the step, and matches no finding
# of the SARIF file.
# Seen: the four lines below. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check zizmor==1.32.0
mkdir "$folder/.github" "$folder/.github/workflows"
cat > "$folder/.github/workflows/ci.yml" <<'YAML'
name: ci
on: pull_request
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: echo "${{ github.event.pull_request.title }}"
YAML
cd "$folder"
for format in json sarif; do
    venv/bin/zizmor --offline --no-progress --no-exit-codes --format "$format" .github/workflows/ci.yml > "$format" 2> log
done
seen=$(python3 - <<'PYTHON'
import json

for finding in json.load(open("json")):
    if finding["ident"] == "template-injection":
        for location in finding["locations"]:
            start = location["concrete"]["location"]["start_point"]
            print("json", location["symbolic"]["kind"], start["row"], start["column"])
for result in json.load(open("sarif"))["runs"][0]["results"]:
    if result["ruleId"] == "zizmor/template-injection":
        region = result["locations"][0]["physicalLocation"]["region"]
        print("sarif", region["startLine"], region["startColumn"])
PYTHON
)
echo "$seen"
[ "$seen" = 'json Hidden 7 8
json Primary 7 23
json Related 7 8
sarif 8 24' ]
