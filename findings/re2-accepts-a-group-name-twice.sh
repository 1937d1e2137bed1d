#!/usr/bin/env bash
# google-re2 1.1.20251105: a pattern may name two groups alike, where `re` refuses it. The name then stands for the first of
# them alone: what the second has matched is in `groups()`, and is missing from `groupdict()` without a word. A pattern of two
# alternatives that was written with one name for both, which other engines allow, loses every text of the second one.
# Seen: `re: redefinition of group name`, then `re2: (None, 'b.c') {'file': None}`. Fails if that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check google-re2==1.1.20251105
seen=$("$folder/venv/bin/python" - <<'PYTHON'
import re

import re2

pattern = r"error in (?P<file>\S+)|warning at (?P<file>\S+)"
try:
    re.compile(pattern)
except re.error as error:
    print("re:", str(error)[:26])
match = re2.compile(pattern).search("warning at b.c")
print("re2:", match.groups(), match.groupdict())
PYTHON
)
echo "$seen"
[ "$seen" = "re: redefinition of group name
re2: (None, 'b.c') {'file': None}" ]
