"""What a mapping makes of reports: counts, what is empty, what could not be read, and whether cutting changes it."""

from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec

from scanner.catalogue.formats import signatures
from scanner.errors import ScannerError
from scanner.format import Format
from scanner.model import Asset, Dismissed, Finding, Occurrence, finding_identity, whole
from scanner.normalize.severity import is_rated
from scanner.opening import open_documents
from scanner.readers.document import Document
from scanner.set_aside import Place
from scanner.shapes.facts import Facts
from scanner.shapes.rooms import read_facts
from scanner.translation import SkippedRecord, translate_sections

_SKIPPED_SHOWN = 20
_PARTS = (
    "severity",
    "location",
    "description",
    "remedy",
    "reference_ids",
    "cwes",
    "published_date_time",
    "packages",
    "details",
)


class Checked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the mapping makes of one report. ``error`` is why it makes nothing of it."""

    report: str
    recognised: bool = False
    """By its own signature."""
    taken_for: str = ""
    """The format that `auto` chooses today, where that is another one."""
    findings: int = 0
    assets: dict[str, int] = {}
    """By type."""
    same: int = 0
    """Findings that Phoenix would take for another one of the report."""
    dismissed: dict[str, int] = {}
    empty: dict[str, int] = {}
    """Part of a finding → in how many of them it says nothing."""
    skipped: list[SkippedRecord] = []
    """The first twenty."""
    example: Finding | None = None
    error: str = ""

    @property
    def is_good(self) -> bool:
        return self.recognised and not self.error and not self.skipped


class _Counting:
    """A sink."""

    def __init__(self) -> None:
        self.assets: dict[bytes, str] = {}
        self.identities: Counter[bytes] = Counter()
        self.dismissed: Counter[str] = Counter()
        self.empty: Counter[str] = Counter()
        self.skipped: list[SkippedRecord] = []
        self.example: Finding | None = None

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        self.seen(asset)
        found = whole(finding)
        self.example = self.example or found
        self.identities[asset.key() + finding_identity(found.name, found.location, found.reference_ids)] += 1
        self.empty.update(part for part in _PARTS if _is_empty(found, part))

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        self.seen(asset)
        self.dismissed[dismissed.reason] += 1

    def seen(self, asset: Asset) -> None:
        self.assets[asset.key()] = asset.type

    def skip(self, skipped: SkippedRecord) -> None:
        if len(self.skipped) < _SKIPPED_SHOWN:
            self.skipped.append(skipped)


def _is_empty(finding: Finding, part: str) -> bool:
    return not is_rated(finding.severity) if part == "severity" else not getattr(finding, part)


def check(format_: Format, path: Path) -> list[Checked]:
    """Of each document in the file."""
    found = []
    try:
        with closing(open_documents(path)) as documents:
            for document in documents:
                found.append(_checked(format_, document))
    except ScannerError as error:
        found.append(Checked(path.name, error=str(error)))
    return found


def _checked(format_: Format, document: Document) -> Checked:
    facts = read_facts(document)
    variant = max(format_.variants, key=lambda variant: (variant.signature.score(facts), variant.signature.overlap(facts)))
    sink, error = _Counting(), ""
    try:
        translate_sections(variant.read(document, variant.layout(facts)), document.name, sink)
    except ScannerError as failure:
        error = str(failure)
    findings = sink.identities.total()
    return Checked(
        report=document.name,
        recognised=bool(variant.signature.score(facts)),
        taken_for=_taken_for(format_.slug, variant.signature.score(facts), facts),
        findings=findings,
        assets=dict(Counter(sink.assets.values())),
        same=findings - len(sink.identities),
        dismissed=dict(sink.dismissed),
        empty=dict(sink.empty),
        skipped=sink.skipped,
        example=sink.example,
        error=error,
    )


def _taken_for(slug: str, score: int, facts: Facts) -> str:
    """The other format for which as much or more speaks."""
    others = [(other.score(facts), name) for name, _, other in signatures() if name != slug]
    best, name = max(others, default=(0, ""))
    return name if best and best >= score else ""
