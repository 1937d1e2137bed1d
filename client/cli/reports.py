"""From the arguments of ``submit`` to the reports that are sent."""

import glob
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

TEXT = {".json", ".jsonl", ".ndjson", ".sarif", ".csv", ".xml", ".nessus", ".html", ".htm", ".txt", ".log", ".yaml", ".yml"}
PACKED = {".xlsx", ".fpr", ".zip", ".gz", ".zst"}
SUFFIXES = frozenset(TEXT | PACKED)
"""What a folder is searched for; a file that is named goes whatever it is called, for what counts is the content."""
STDIN = "-"


@dataclass(frozen=True)
class Report:
    """A report to send. ``path`` is None for standard input; ``label`` is how the caller wrote it.

    ``filename`` is what the service shall know it by, with its folders: as seen from a folder that was searched.
    """

    label: str
    filename: str
    path: Path | None


def gather(arguments: Sequence[str], *, stdin_name: str) -> list[Report]:
    """Files as they are, folders searched to their depth, patterns expanded; each file once, in the order given.

    Raises ``typer.BadParameter`` for what matches nothing.
    """
    if not arguments:
        raise typer.BadParameter("name a file, a folder, a pattern, or - for standard input", param_hint="FILE")
    found: dict[Path | None, Report] = {}
    for argument in arguments:
        for report in _expand(argument, stdin_name, alone=len(arguments) == 1):
            found.setdefault(report.path and report.path.resolve(), report)
    return list(found.values())


def listed(source: str | None) -> list[str]:
    """Arguments of ``--files-from``: one on a line, empty lines passed over. Raises ``typer.BadParameter``."""
    if source is None:
        return []
    try:
        text = sys.stdin.read() if source == STDIN else Path(source).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{source} cannot be read: {error}", param_hint="--files-from") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _expand(argument: str, stdin_name: str, *, alone: bool) -> list[Report]:
    """Files of several folders keep the folders' names in front of their own, which may be alike."""
    if argument == STDIN:
        return [Report(stdin_name, stdin_name, None)]
    path = Path(argument)
    if path.is_dir():
        searched = path if alone else None
        reports = [_report(inner, below=searched) for inner in sorted(_searched(path))]
    elif path.exists():  # a named pipe too
        reports = [_report(path)]
    else:
        reports = [_report(match) for match in sorted(_matching(argument))]
    if not reports:
        raise typer.BadParameter(nothing_at(argument, is_folder=path.is_dir()), param_hint="FILE")
    return reports


def nothing_at(argument: str, *, is_folder: bool) -> str:
    """What to do about an argument that names no report."""
    if is_folder:
        return f"no file in the folder {argument} ends as reports do ({', '.join(sorted(SUFFIXES))}); name others one by one"
    return f"there is no file {argument}, and nothing that fits it as a pattern; check the path"


def _matching(pattern: str) -> Iterable[Path]:
    """For patterns in quotes, and for shells that expand none."""
    return (path for path in map(Path, glob.glob(pattern, recursive=True)) if path.is_file())


def _searched(folder: Path) -> Iterator[Path]:
    """Hidden files and folders are left out: what they hold is not a report."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.suffix.lower() in SUFFIXES and path.is_file():
            yield path


def _report(path: Path, *, below: Path | None = None) -> Report:
    return Report(str(path), name_of(path, below), path)


def name_of(path: Path, below: Path | None = None) -> str:
    """As seen from ``below``, or from the working directory where it is there; else as it was written."""
    below = below or Path.cwd()
    return (path.relative_to(below) if path.is_relative_to(below) else path).as_posix().lstrip("/")
