#!/usr/bin/env bash
# google-re2 1.1.20251105: `re2.error` holds the reason as bytes, so that its text is the repr of bytes, with b'' around it, and
# it has neither `pos` nor `pattern`, which handlers written for `re.error` read. Shown to whoever wrote the pattern, it looks
# like a fault of the program.
# Seen: `missing ), unterminated subpattern at position 0`, then `b'missing ): ('` and `False`. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check google-re2==1.1.20251105
seen=$("$folder/venv/bin/python" - 2>/dev/null <<'PYTHON'
import re

import re2

for engine in (re, re2):
    try:
        engine.compile("(")
    except engine.error as error:
        print(str(error), hasattr(error, "pos"))
PYTHON
)
echo "$seen"
[ "$seen" = "missing ), unterminated subpattern at position 0 True
b'missing ): (' False" ]
