#!/usr/bin/env bash
# njsscan 1.0.2: it starts `semgrep` by name, so that a call by its full path out of an environment that is not activated finds nothing of
# what its semantic rules tell, and exits with 1, as with findings. The JSON has a plain string in `errors` then, where other errors are
# objects; the SARIF only `executionSuccessful: false`, which is also what one file that does not parse gives beside every valid
# result, in either case without a notification. Whoever drops runs that are not successful loses findings; whoever keeps them
# takes a run without its engine for a clean one.
# Seen: case, format, exit code, number of findings, then the keys of the invocation or the kinds of errors: the five lines below. It takes
# minutes. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check njsscan==1.0.2
mkdir "$folder/source" "$folder/empty"
cat > "$folder/source/app.js" <<'JS'
const app = require('express')();
app.get('/', (req, res) => {
  eval(req.query.code);
});
JS
cd "$folder"
export HOME=$folder
run() {
    code=0
    PATH=$2 "$folder/venv/bin/njsscan" "--$3" source > report 2> log || code=$?
    "$folder/venv/bin/python" - "$1" "$3" "$code" <<'PYTHON'
import json
import sys

report = json.load(open("report"))
if sys.argv[2] == "json":
    print(*sys.argv[1:], len(report["nodejs"]), [type(error).__name__ for error in report["errors"]])
else:
    [run] = report["runs"]
    print(*sys.argv[1:], len(run.get("results", [])), [sorted(i) for i in run["invocations"]], run["invocations"][0]["executionSuccessful"])
PYTHON
}
seen=$(run found "$folder/venv/bin:$PATH" sarif
run missing "$folder/empty" sarif
run missing "$folder/empty" json
echo 'let = = 1;' > source/other.js
run unparsed "$folder/venv/bin:$PATH" sarif
run unparsed "$folder/venv/bin:$PATH" json)
echo "$seen"
[ "$seen" = "found sarif 1 1 [['endTimeUtc', 'executionSuccessful']] True
missing sarif 1 0 [['endTimeUtc', 'executionSuccessful']] False
missing json 1 0 ['str']
unparsed sarif 1 1 [['endTimeUtc', 'executionSuccessful']] False
unparsed json 1 1 ['dict']" ]
