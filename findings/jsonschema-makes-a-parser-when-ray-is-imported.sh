#!/usr/bin/env bash
# jsonschema 4.26.0 imports rfc3987-syntax 1.1.0 wherever that is installed, and that makes a parser of the whole grammar of RFC 3987
# while it is imported: some three seconds of a processor. Ray 2.60.0 imports jsonschema in every process. So in an environment that
# also has cyclonedx-bom 7 (it asks for jsonschema[format-nongpl]), `import ray` takes several times as long, and so does the start of
# each worker, actor and command, though no schema with an IRI is ever checked.
# Seen: "alone 0.9 s, with the extra 4.2 s". Fails if the extra costs less than as much again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip=("$folder/venv/bin/pip" install -q --disable-pip-version-check)
"${pip[@]}" ray==2.60.0 jsonschema==4.26.0
cat > "$folder/cost.py" <<'PYTHON'
import resource, subprocess, sys


def cost():
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run([sys.executable, "-c", "import ray"], check=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


cost()  # makes the byte code
print(sorted(cost() for _ in range(5))[2])
PYTHON
alone=$("$folder/venv/bin/python" "$folder/cost.py")
"${pip[@]}" 'jsonschema[format-nongpl]==4.26.0' rfc3987-syntax==1.1.0
extra=$("$folder/venv/bin/python" "$folder/cost.py")
printf 'alone %.1f s, with the extra %.1f s\n' "$alone" "$extra"
python3 -c 'import sys; sys.exit(float(sys.argv[2]) < 2 * float(sys.argv[1]))' "$alone" "$extra"
