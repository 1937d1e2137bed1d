#!/usr/bin/env bash
# retire 5.7.0 (npm): `--outputformat depcheck` copies OWASP Dependency-Check's XML, but gives each vulnerability the name of the package
# ("jquery:1.8.1") where that tool has the CVE, and the CVSS score 7.5 whatever the severity: a "low" one has 7.5 too, and
# neither CVE is anywhere in the file. A reader of Dependency-Check's reports ranks them all alike, and one that tells vulnerabilities
# apart by name keeps one of the two.
# Seen: the three lines below. Fails if that changes.
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
node_modules/.bin/retire --jsrepo repository.json --path source --outputformat depcheck --outputpath report --exitwith 0
seen=$(python3 - <<'PYTHON'
import xml.etree.ElementTree as tree

text = open("report").read()
for element in tree.fromstring(text).iterfind(".//{*}vulnerability"):
    print(*(element.findtext(path) for path in ("{*}name", "{*}description", ".//{*}severity", ".//{*}score")))
print("CVE" in text)
PYTHON
)
echo "$seen"
[ "$seen" = "jquery:1.8.1 one low 7.5
jquery:1.8.1 two high 7.5
False" ]
