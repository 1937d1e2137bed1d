"""A report tried out, without a job: ``python -m cluster.sealed.trial FOLDER``, in a process that can reach nothing else.

`try_report` starts it; its report lies in the folder, and its answer goes to standard output. It is confined as a runner is, by
smaller limits: somebody waits in front of a page.
"""

import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import msgspec

from cluster.sealed.confinement import confine, end_with_parent
from cluster.sealed.environment import runner_environment
from cluster.sealed.runner import code_folders
from scanner.catalogue import AUTO
from scanner.detection import closest, matches
from scanner.errors import ScannerError
from scanner.readers import magic
from scanner.readers.document import Document, mapped
from scanner.reports import SummaryDocument, summary_document
from scanner.shapes.rooms import read_facts
from scanner.summary import summarize

HEAD_BYTES = 65_536
"""All that a format is detected by."""
_SECONDS = 20
_MEMORY_BYTES = 768 << 20
_LARGEST_FILE_BYTES = 256 << 20
"""Of what it unpacks."""
_LONGEST_ANSWER = 1 << 20


class Tried(msgspec.Struct):
    """``format`` is empty where it is not known; ``closest`` are those that the report resembles then.

    ``summary`` is what would be imported; None of a head alone, and where the report cannot be read, which ``error`` says.
    """

    format: str = ""
    closest: tuple[str, ...] = ()
    is_packed: bool = False
    """An archive or a compressed file: its head says nothing of what is in it."""
    summary: SummaryDocument | None = None
    error: str = ""


def try_report(data: bytes, name: str, scanner_type: str = AUTO, *, is_head: bool) -> Tried:
    """Blocks for half a second and more. Whatever the report does is told in ``error``."""
    with tempfile.TemporaryDirectory(prefix="phoenix-trial-") as folder:
        Path(folder, "report").write_bytes(data)
        scratch = Path(folder, "scratch")
        scratch.mkdir()
        mode = "head" if is_head else "whole"
        with subprocess.Popen(  # noqa: S603  # our own interpreter; what the client gave are arguments of ours
            [sys.executable, "-P", "-m", "cluster.sealed.trial", folder, mode, name or "report", scanner_type],
            env=runner_environment(scratch),
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            clock = threading.Timer(_SECONDS, process.kill)
            clock.start()
            try:
                assert process.stdout is not None
                answer = process.stdout.read(_LONGEST_ANSWER)
            finally:
                clock.cancel()
                process.kill()
    try:
        return msgspec.json.decode(answer, type=Tried)
    except msgspec.DecodeError:
        return Tried(
            error="it takes more time or memory to read than trying a report may; submit it, or use phoenix-scan translate"
        )


def main() -> None:
    folder, mode, name, scanner_type = sys.argv[1:]
    report, scratch = Path(folder, "report"), Path(folder, "scratch")
    end_with_parent(signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE_BYTES, _LARGEST_FILE_BYTES))
    confine([*code_folders(), str(report)], str(scratch))
    tried = _detected(report, name) if mode == "head" else _summed_up(report, scanner_type)
    os.write(sys.stdout.fileno(), msgspec.json.encode(tried))


def _detected(report: Path, name: str) -> Tried:
    document = Document(name, *mapped(report), is_checked=False)
    head = bytes(document.data[:HEAD_BYTES])
    if magic.is_packed(head) or magic.is_office_document(head) or magic.is_tar(head):
        return Tried(is_packed=True)
    try:
        facts = read_facts(document)
        found = matches(facts)
    except ScannerError as error:
        return Tried(error=str(error))
    best = {match.slug for match in found if match.score == found[0].score}
    return Tried(format=best.pop()) if len(best) == 1 else Tried(closest=tuple(sorted(best)) or closest(facts))


def _summed_up(report: Path, scanner_type: str) -> Tried:
    try:
        summary = summary_document(summarize(report, scanner_type))
    except ScannerError as error:
        return Tried(error=str(error))
    return Tried(format=summary.format, summary=summary)


if __name__ == "__main__":
    main()
