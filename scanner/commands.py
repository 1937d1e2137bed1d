"""The commands ``translate``, ``detect`` and ``formats``: what the scanner package can do without any service.

Results go to standard output, errors to standard error. Exit codes: 0 done, 1 a report cannot be read, 2 wrong usage.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.markup import escape

from scanner.assessments import require_known_placeholders
from scanner.catalogue import AUTO, entries, find
from scanner.detection import closest, matches
from scanner.errors import ScannerError, UnknownFormatError
from scanner.mappings import format_of
from scanner.mappings.errors import MappingError
from scanner.model import Asset, AssetType, Dismissed, Finding, ImportType, Occurrence, whole
from scanner.opening import open_documents
from scanner.options import ImportOptions
from scanner.previewing import Preview
from scanner.reports import DetectedReport, FormatEntry, Match, detection_table, format_table, summary_document, summary_table
from scanner.set_aside import Place
from scanner.shapes.rooms import read_facts
from scanner.summary import summarize
from scanner.translation import SkippedRecord, translate_file

UNREADABLE, WRONG_USAGE = 1, 2

_Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, for scripts.")]


class Output(StrEnum):
    SUMMARY = "summary"
    PHOENIX = "phoenix"
    FINDINGS = "findings"


def translate(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The report: plain, .gz, .zst, .bz2 or .zip.")
    ],
    scanner_type: Annotated[
        str,
        typer.Option(help="What wrote it: slug, title or alias (see [b]phoenix-scan formats[/b]); auto looks at its content."),
    ] = AUTO,
    mapping: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A format as YAML (see [b]phoenix-scan new-format[/b])."),
    ] = None,
    output: Annotated[
        Output,
        typer.Option(
            help="[b]summary[/b]: counts, and what is skipped. [b]phoenix[/b]: what would be sent, one JSON document "
            "a line for each asset type. [b]findings[/b]: a line for each finding, with its asset."
        ),
    ] = Output.SUMMARY,
    as_json: _Json = False,
    asset_type: Annotated[AssetType | None, typer.Option(help="Instead of what the format would choose (phoenix).")] = None,
    assessment_name: Annotated[
        str, typer.Option(help="Name of the assessment, or a template as {path} (phoenix); default: the format's slug.")
    ] = "",
    import_type: Annotated[ImportType, typer.Option(help="Import type to write into the request (phoenix).")] = ImportType.NEW,
    fix_data: Annotated[bool, typer.Option(help="Repair what Phoenix would refuse, else skip it (phoenix).")] = True,
    include_dismissed: Annotated[
        bool,
        typer.Option("--include-dismissed", help="Send what was suppressed, fixed, … too, tagged with the reason (phoenix)."),
    ] = False,
) -> None:
    """Translate a report on this machine, and show what would be imported. Nothing is sent; no service is needed.

    \b
    phoenix-scan translate trivy.json
    phoenix-scan translate nessus.zip --output phoenix > bodies.jsonl
    phoenix-scan translate export.csv --scanner-type qualys --json

    \b
    Exit codes: 0 done, 1 the report cannot be read, 2 wrong usage.
    """
    _require_known(scanner_type)
    as_format = _mapping(mapping)
    try:
        require_known_placeholders(assessment_name)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--assessment-name") from error
    options = ImportOptions(
        scanner_type=scanner_type,
        mapping=as_format,
        asset_type=asset_type,
        assessment_name=assessment_name,
        import_type=import_type,
        fix_data=fix_data,
        include_dismissed=include_dismissed,
    )
    try:
        match output:
            case Output.SUMMARY:
                summary = summarize(file, scanner_type, as_format)
                if as_json:
                    _print_json(summary_document(summary))
                else:
                    _out().print(summary_table(summary, file.name))
            case Output.PHOENIX:
                _print_bodies(Preview(file, options))
            case Output.FINDINGS:
                translate_file(file, FindingLines(), scanner_type=scanner_type, mapping=as_format)
    except ScannerError as error:
        _fail(file, error)


def detect(
    files: Annotated[list[Path], typer.Argument(exists=True, readable=True, help="Reports, archives of them, or folders.")],
    as_json: _Json = False,
) -> None:
    """Say what reports are, and why: every format whose signature matches, the most specific first.

    \b
    phoenix-scan detect reports/
    phoenix-scan detect unknown.json --json

    \b
    Exit codes: 0 every report is known, 1 one is not, 2 wrong usage.
    """
    reports = [report for file, name in _each(files) for report in _detected(file, name)]
    if as_json:
        _print_json(reports)
    else:
        _out().print(detection_table(reports))
    if not all(report.format for report in reports):
        raise typer.Exit(UNREADABLE)


def formats(as_json: _Json = False) -> None:
    """List the formats that can be read, by the names to give as [b]--scanner-type[/b]."""
    known = [FormatEntry.of(entry) for entry in entries().values()]
    if as_json:
        _print_json(known)
    else:
        _out().print(format_table(known))


def _each(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """With their names: files as they are, of folders all that is in them to their depth but for what is hidden."""
    for path in paths:
        if not path.is_dir():
            yield path, path.name
            continue
        below = sorted(inner for inner in path.rglob("*") if inner.is_file())
        shown = [inner for inner in below if not any(part.startswith(".") for part in inner.relative_to(path).parts)]
        if not shown:
            raise typer.BadParameter(f"no file is in the folder {path}", param_hint="FILES")
        yield from ((inner, str(inner)) for inner in shown)


def _detected(file: Path, name: str) -> list[DetectedReport]:
    found = []
    try:
        for document in open_documents(file, name=name):
            facts = read_facts(document)
            matching = [Match(match.slug, match.score) for match in matches(facts)]
            top = {match.format for match in matching if match.score == matching[0].score}
            best = top.pop() if len(top) == 1 else ""
            found.append(
                DetectedReport(document.name, best, facts.kind, matching, list(closest(facts)) if not matching else [])
            )
    except ScannerError as error:
        found.append(DetectedReport(name, "", "unreadable", [], [], str(error)))
    return found


class FindingLines:
    """A sink that prints each finding as it comes."""

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        _print_line(msgspec.json.encode({"asset": asset, "finding": whole(finding)}))

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        _print_json(
            {"asset": asset, "finding": whole(dismissed.finding), "dismissed": dismissed.reason, "note": dismissed.note}
        )

    def seen(self, asset: Asset) -> None:
        """An asset without findings has no line."""

    def skip(self, skipped: SkippedRecord) -> None:
        typer.echo(f"skipped {skipped.place}: {skipped.reason}", err=True)


def _print_bodies(preview: Preview) -> None:
    for body in preview.bodies():
        _print_line(body)
    for skipped in preview.skipped:
        typer.echo(f"skipped {skipped.place}: {skipped.reason}", err=True)


def _print_line(document: bytes) -> None:
    """In one line, whatever the layout of the report's own JSON, parts of which are passed on as they are."""
    text = msgspec.json.format(document, indent=-1).decode()
    typer.echo(re.sub("[\u0085\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text))  # lines end there too, for some


def _print_json(document: object) -> None:
    typer.echo(msgspec.json.encode(document).decode())


def _out() -> Console:
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 160)


def _mapping(file: Path | None) -> str:
    """The text of a mapping that is right; empty where none is given."""
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8")
        format_of(text)
    except (UnicodeDecodeError, MappingError) as error:
        raise typer.BadParameter(f"{file.name}: {error}", param_hint="--mapping") from error
    return text


def _require_known(scanner_type: str) -> None:
    if scanner_type.strip().casefold() == AUTO:
        return
    try:
        find(scanner_type)
    except UnknownFormatError as error:
        raise typer.BadParameter(str(error), param_hint="--scanner-type") from error


def _fail(file: Path, error: ScannerError) -> NoReturn:
    Console(stderr=True, highlight=False).print(
        f"[red]{escape(file.name)} cannot be read:[/red] {escape(str(error))}", soft_wrap=True
    )
    raise typer.Exit(UNREADABLE) from error
