"""What it costs a new process to find, load and detect a format, with many formats against those that there are.

The others are clones under other names, with other keys, which is how they stand in the catalogue's index: a process that does
not read their reports sees nothing else of them. Time is the processor's, from the start of the interpreter, of the best of
several rounds, in which few and many take turns.
"""

import subprocess
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.errors import CommandFailedError
from scanner.catalogue.formats import INDEX

_DETECT = """
import sys, time
from pathlib import Path
from scanner.catalogue import find, formats, load
formats.INDEX = Path(sys.argv[1])
from scanner.detection import detect
from scanner.opening import open_documents
found = {detect(document).slug for document in open_documents(Path(sys.argv[2]))}
assert found == {load(find(sys.argv[3]).slug).slug}, found
print(time.process_time())
"""


def write_index(path: Path, formats: int) -> None:
    """The index of this installation, with clones up to so many."""
    entries: list[dict[str, Any]] = msgspec.json.decode(INDEX.read_bytes())
    path.write_bytes(msgspec.json.encode(entries + list(islice(_clones(entries), formats - len(entries)))))


def known_formats() -> int:
    return len(msgspec.json.decode(INDEX.read_bytes()))


def _clones(entries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number in count(1):
        for entry in entries:
            variants = [variant | {"signature": _other_keys(variant["signature"], number)} for variant in entry["variants"]]
            yield entry | {key: _suffixed(entry[key], number) for key in ("slug", "names", "aliases")} | {"variants": variants}


def _other_keys(signature: dict[str, Any], number: int) -> dict[str, Any]:
    """The same signature of a tool that calls everything something else."""
    asked = {"keys", "any_of", "header", "elements", "text"} | ({"root"} if signature["type"] == "XmlSignature" else set())
    other: dict[str, Any] = {name: _suffixed(signature[name], number) for name in asked & signature.keys()}
    for name in {"values", "own"} & signature.keys():
        other[name] = {_suffixed(path, number): value for path, value in signature[name].items()}
    return signature | other


def _suffixed(words: Any, number: int) -> Any:
    return f"{words}_{number}" if isinstance(words, str) else [_suffixed(word, number) for word in words]


def seconds(index: Path, report: Path, slug: str) -> float:
    """Of a process that knows these formats and detects that report. Raises `CommandFailedError`."""
    command = [sys.executable, "-c", _DETECT, str(index), str(report), slug]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailedError("detect", done.returncode, done.stderr)
    return float(done.stdout)
