#!/usr/bin/env bash
# retire 5.7.0 (npm): without its list of vulnerabilities (here a path that is not there) `--outputformat json` still writes a complete
# report with `data: []`, as for a clean folder; only `errors` is different, and the exit code, which is 1 where findings give 13.
# `--outputformat jsonsimple`, which is `data` alone, is `[]` without a word, not even on the standard error. Whoever looks at `data` takes a
# run that compared nothing for a clean one.
# Seen: list, format, exit code, entries of `data` and `errors`: the four lines below. Fails if that changes.
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
seen=$(for list in repository.json missing.json; do
    for format in json jsonsimple; do
        code=0
        node_modules/.bin/retire --jsrepo "$list" --path source --outputformat "$format" > out 2> err || code=$?
        python3 - "$list" "$format" "$code" <<'PYTHON'
import json
import sys

report = json.load(open("out"))
data, errors = (report["data"], len(report["errors"])) if isinstance(report, dict) else (report, "no")
print(*sys.argv[1:], f"{len(data)} files, {errors} errors,", "silent" if not open("err").read() else "told")
PYTHON
    done
done)
echo "$seen"
[ "$seen" = 'repository.json json 13 1 files, 0 errors, silent
repository.json jsonsimple 13 1 files, no errors, silent
missing.json json 1 0 files, 1 errors, silent
missing.json jsonsimple 1 0 files, no errors, silent' ]
