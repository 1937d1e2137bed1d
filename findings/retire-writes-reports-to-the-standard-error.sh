#!/usr/bin/env bash
# retire 5.7.0 (npm): without --outputpath, `--outputformat` json writes to the standard output, but cyclonedx, cyclonedxJSON and
# depcheck write the whole report to the standard error, so that `retire … > report` leaves an empty file, and one that merges
# both mixes the report with warnings. Besides, its CycloneDX names the library and none of the vulnerabilities that made it exit with
# 13: a reader of that file finds a component and nothing wrong with it.
# Seen: format, exit code, standard output, standard error, and how often vulnerabilities are told: the four lines below. Fails if that
# changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-fund --no-audit --prefix "$folder" retire@5.7.0
cd "$folder"
mkdir source
echo "/*! jQuery v1.8.1 */" > source/jquery-1.8.1.js
cat > repository.json <<'JSON'
{"jquery": {
  "vulnerabilities": [
    {"below": "3.5.0", "severity": "low", "cwe": ["CWE-79"], "identifiers": {"summary": "one", "CVE": ["CVE-2020-11022"]}, "info": []},
    {"below": "1.9.0", "severity": "high", "cwe": ["CWE-79"], "identifiers": {"summary": "two", "CVE": ["CVE-2012-6708"]}, "info": []}],
  "extractors": {"filename": ["jquery-(§§version§§)(.min)?\\.js"]}}}
JSON
seen=$(for format in json cyclonedx cyclonedxJSON depcheck; do
    code=0
    node_modules/.bin/retire --jsrepo repository.json --path source --outputformat "$format" > out 2> err || code=$?
    echo "$format $code: $([ -s out ] && echo report || echo nothing), $([ -s err ] && echo report || echo nothing)," \
        "$(cat out err | grep -o '<vulnerability \|"CVE-[0-9-]*"\|"vulnerabilities": *\[' | wc -l)"
done)
echo "$seen"
[ "$seen" = 'json 13: report, nothing, 3
cyclonedx 13: nothing, report, 0
cyclonedxJSON 13: nothing, report, 0
depcheck 13: nothing, report, 2' ]
