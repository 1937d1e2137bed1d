"""The commands ``new-format`` and ``check-format``: formats as data, from a sample report to a mapping that is tried.

Exit codes: 0 done, 1 the report or the mapping is not good, 2 wrong usage.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

from scanner.authoring.checking import Checked, check
from scanner.authoring.proposing import propose
from scanner.errors import ScannerError
from scanner.mappings.errors import MappingError
from scanner.mappings.formats import format_of

_NOT_GOOD = 1


def new_format(
    name: Annotated[str, typer.Argument(help="Slug of the format: what will be given as --scanner-type.")],
    report: Annotated[Path, typer.Option("--from", exists=True, dir_okay=False, help="A report with a few findings.")],
    scanner: Annotated[str, typer.Option(help="The product, as its vendor writes it.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write it here; default: standard output.")] = None,
) -> None:
    """Propose a format for reports that are not known yet, as a mapping: a page of YAML that says what was guessed.

    JSON, JSON Lines, XML and CSV are looked into. See docs/mappings.md for the language.

    \b
    phoenix-scan new-format acme --from acme.json -o acme.yaml
    phoenix-scan check-format acme.yaml acme.json

    \b
    Exit codes: 0 done, 1 the report cannot be read, or nothing in it looks like findings, 2 wrong usage.
    """
    if not name.replace("_", "").isalnum() or not name.isascii() or name != name.lower():
        raise typer.BadParameter("small letters, digits and _, as in acme_web", param_hint="NAME")
    try:
        text = propose(report, name, scanner or name)
    except ScannerError as error:
        Console(stderr=True, highlight=False).print(f"[red]{escape(report.name)}:[/red] {escape(str(error))}", soft_wrap=True)
        raise typer.Exit(_NOT_GOOD) from error
    if output is None:
        typer.echo(text, nl=False)
    elif output.exists():
        raise typer.BadParameter(f"{output} is there already", param_hint="--output")
    else:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise typer.BadParameter(f"{output} cannot be written: {error.strerror}", param_hint="--output") from error
        typer.echo(f"{output} is written. Next: phoenix-scan check-format {output} {report}", err=True)


def check_format(
    mapping: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The mapping, a YAML file.")],
    reports: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="Reports to try it on.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output, for scripts.")] = False,
) -> None:
    """Say whether a mapping is right, and what it makes of reports: what is found, what stays empty, what cannot be read.

    \b
    phoenix-scan check-format acme.yaml
    phoenix-scan check-format acme.yaml reports/*.json --json

    \b
    Exit codes: 0 it is right, 1 it is not, or a report is not recognised or not read whole, 2 wrong usage.
    """
    try:
        format_ = format_of(mapping.read_text(encoding="utf-8"))
    except (MappingError, UnicodeDecodeError) as error:
        if as_json:
            typer.echo(msgspec.json.encode({"mapping": mapping.name, "error": str(error)}).decode())
        else:
            Console(stderr=True, highlight=False).print(
                f"[red]{escape(mapping.name)}:[/red] {escape(str(error))}", soft_wrap=True
            )
        raise typer.Exit(_NOT_GOOD) from error
    checked = [found for report in reports or () for found in check(format_, report)]
    if as_json:
        typer.echo(msgspec.json.encode({"mapping": mapping.name, "format": format_.slug, "reports": checked}).decode())
    else:
        width = None if sys.stdout.isatty() else 140
        Console(highlight=False, width=width).print(_shown(mapping.name, format_.slug, checked))
    if not all(found.is_good for found in checked):
        raise typer.Exit(_NOT_GOOD)


def _shown(mapping: str, slug: str, checked: Sequence[Checked]) -> RenderableType:
    told: list[RenderableType] = [f"{escape(mapping)}: the format [b]{escape(slug)}[/b] is right as YAML and as a mapping"]
    return Group(*told, *map(_table, checked))


def _table(checked: Checked) -> RenderableType:
    table = Table(title=escape(checked.report), title_justify="left", show_header=False)
    if checked.error:
        table.add_row("cannot be read", f"[red]{escape(checked.error)}[/red]")
    table.add_row("recognised", "yes" if checked.recognised else "[red]no: see recognise[/red]")
    if checked.taken_for:
        table.add_row("taken for", f"{checked.taken_for}, which fits as well or better")
    table.add_row("findings", str(checked.findings))
    table.add_row("assets", _counted(checked.assets) or "none")
    if checked.dismissed:
        table.add_row("dismissed", _counted(checked.dismissed))
    if checked.same:
        table.add_row("not told apart", f"{checked.same}: name, location and ids are those of another finding")
    if checked.empty:
        table.add_row("says nothing", ", ".join(f"{part} in {count}" for part, count in checked.empty.items()))
    for skipped in checked.skipped:
        table.add_row("skipped", escape(f"{skipped.place}: {skipped.reason}"))
    if checked.example is not None:
        example = msgspec.json.format(msgspec.json.encode(checked.example), indent=2).decode()
        table.add_row("the first", escape(example))
    return table


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
