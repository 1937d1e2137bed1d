#!/usr/bin/env bash
# jiter 0.19.0: `from_json` refuses what follows a complete document; with `partial_mode`, which is there for documents that are
# cut off, it also accepts those that go on: a second document behind the first is left out without a word. Whoever reads
# a file of several JSON documents (appended runs of a scanner) in partial mode sees the first one alone, as if it were all.
# Seen: prints `refused: trailing characters at line 2 column 1`, then `{'run': 1}` twice. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jiter==0.19.0
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import jiter

two = b'{"run": 1}\n{"run": 2}'
for mode in (False, True, "trailing-strings"):
    try:
        print(jiter.from_json(two, partial_mode=mode))
    except ValueError as error:
        print("refused:", error)
PYTHON
)
echo "$seen"
[ "$seen" = "refused: trailing characters at line 2 column 1
{'run': 1}
{'run': 1}" ]
