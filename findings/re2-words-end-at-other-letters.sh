#!/usr/bin/env bash
# google-re2 1.1.20251105, which calls itself a drop-in replacement for `re`: on `str` too, `\w`, `\d`, `\s` and `\b` know ASCII alone.
# A word ends in front of its first letter with an accent, no word begins with one, and a no-break space is none. Names of
# rules, users and files taken out of a text by `\w+` come back cut, not empty, so nobody sees it. `\pL` is what is meant.
# Seen: `re ['Prüfung', 'Élan']`, `re2 ['Pr', 'fung', 'lan']`, `re2 ['Prüfung', 'Élan']` with \pL. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check google-re2==1.1.20251105
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import re

import re2

for engine, pattern in ((re, r"\w+"), (re2, r"\w+"), (re2, r"\pL+")):
    print(engine.__name__, pattern, engine.findall(pattern, "Prüfung Élan"))
PYTHON
)
echo "$seen"
[ "$seen" = "re \w+ ['Prüfung', 'Élan']
re2 \w+ ['Pr', 'fung', 'lan']
re2 \pL+ ['Prüfung', 'Élan']" ]
