#!/usr/bin/env bash
# zizmor 1.32.0: a workflow with a finding of severity high ends with exit code 14 in the formats plain, json and github, but with 0 in
# `--format sarif`, although the results are there at level "error". A pipeline that is switched to SARIF in order to upload
# the report stops failing, and whoever stores the exit code beside the report reads "nothing found".
# Seen: `plain 14`, `json 14`, `github 14`, `sarif 0`, then the level of the result. Fails if that changes.
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
seen=$(for format in plain json github sarif; do
    code=0
    venv/bin/zizmor --offline --no-progress --format "$format" .github/workflows/ci.yml > "$format" 2> log || code=$?
    echo "$format $code"
done
python3 -c 'import json
print(*[(result["ruleId"], result["level"]) for result in json.load(open("sarif"))["runs"][0]["results"]])')
echo "$seen"
[ "$seen" = "plain 14
json 14
github 14
sarif 0
('zizmor/template-injection', 'error')" ]
