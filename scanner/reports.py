"""What the commands say about reports and formats: as documents for scripts, as tables for people."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from scanner.catalogue import Entry
from scanner.normalize import severity
from scanner.shapes.rooms import shapes
from scanner.summary import Summary
from scanner.translation import SkippedRecord

_SHOWN_SKIPPED = 20


class SummaryDocument(msgspec.Struct, frozen=True):
    format: str
    assets: dict[str, int]
    """By type."""
    findings: dict[str, int]
    """By severity, all bands."""
    reference_ids: int
    merged: int
    """Findings that another one of the report stands for, as Phoenix would take them for the same."""
    dismissed: dict[str, int]
    """By reason, what the tool or a team has put aside; not among the findings."""
    unrated: int
    """Findings that nothing in the report rates; they count as info."""
    skipped: int
    skipped_records: list[SkippedRecord]
    """The first hundred."""


class Match(msgspec.Struct, frozen=True):
    format: str
    score: int


class DetectedReport(msgspec.Struct, frozen=True):
    """``format`` is empty where none matches or several match equally well."""

    name: str
    format: str
    kind: str
    matches: list[Match]
    closest: list[str]
    error: str = ""


class FormatEntry(msgspec.Struct, frozen=True):
    slug: str
    scanner: str
    asset_type: str
    kinds: list[str]
    names: list[str]
    aliases: list[str]

    @classmethod
    def of(cls, entry: Entry) -> "FormatEntry":
        kinds = list(dict.fromkeys(shapes()[variant.shape].title for variant in entry.variants))
        return cls(entry.slug, entry.scanner, entry.asset_type, kinds, list(entry.names), list(entry.aliases))


def summary_document(summary: Summary) -> SummaryDocument:
    return SummaryDocument(
        format=summary.format,
        assets=dict(summary.asset_types),
        findings=bands(summary.severities),
        reference_ids=len(summary.reference_ids),
        merged=summary.merged,
        dismissed=dict(summary.dismissed),
        unrated=summary.unrated,
        skipped=summary.skipped,
        skipped_records=summary.skipped_records,
    )


def bands(severities: Sequence[float]) -> dict[str, int]:
    """How many findings are critical, high, and so on; all bands, the worst first."""
    return dict.fromkeys((name for name, _ in severity.BANDS), 0) | severity.bands(Counter(severities))


def summary_table(summary: Summary, name: str) -> RenderableType:
    table = Table(title=escape(name), title_justify="left", show_header=False)
    table.add_row("format", summary.format)
    table.add_row("assets", _counted(summary.asset_types) or "none")
    table.add_row("findings", f"{summary.findings}")
    unrated = f" ({summary.unrated} of them rated nowhere in the report)" if summary.unrated else ""
    table.add_row("by severity", _counted(bands(summary.severities)) + unrated)
    table.add_row("advisory ids", f"{len(summary.reference_ids)}")
    table.add_row("merged", f"{summary.merged}")
    table.add_row("dismissed", _counted(summary.dismissed) or "0")
    table.add_row("skipped", f"{summary.skipped}")
    if not summary.skipped:
        return table
    skipped = Table("place", "why it is skipped", title="Skipped records", title_justify="left")
    for record in summary.skipped_records[:_SHOWN_SKIPPED]:
        skipped.add_row(escape(record.place), escape(record.reason))
    if summary.skipped > _SHOWN_SKIPPED:
        skipped.add_row("…", f"and {summary.skipped - _SHOWN_SKIPPED} more")
    return Group(table, skipped)


def detection_table(reports: Sequence[DetectedReport]) -> Table:
    table = Table("report", "format", "kind", "why")
    for report in reports:
        table.add_row(escape(report.name), report.format or "[red]unknown[/red]", report.kind, escape(_why(report)))
    return table


def _why(report: DetectedReport) -> str:
    if report.error:
        return report.error
    if not report.matches:
        return f"no signature matches; closest: {', '.join(report.closest) or 'none'}"
    matches = ", ".join(f"{match.format} (score {match.score})" for match in report.matches)
    return f"signatures: {matches}" if report.format else f"equally good: {matches}; give --scanner-type"


def format_table(entries: Sequence[FormatEntry]) -> Table:
    table = Table("scanner type", "scanner", "reports", "assets", "also known as")
    for entry in entries:
        table.add_row(
            entry.slug, entry.scanner, ", ".join(entry.kinds), entry.asset_type, ", ".join((*entry.aliases, *entry.names))
        )
    return table


def _counted(counts: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
