"""What is in a report, in numbers: for people, and for comparing with what is known of it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from scanner.catalogue import AUTO
from scanner.model import Asset, Dismissed, Finding, Occurrence, finding_identity, whole
from scanner.normalize.severity import clamp, is_rated
from scanner.set_aside import Place
from scanner.translation import SkippedRecord, translate_file


@dataclass(slots=True)
class Summary:
    """Counts of one report. ``severities`` has one number per finding; the id sets have each id once."""

    format: str = ""
    findings: int = 0
    skipped: int = 0
    merged: int = 0
    """Findings that Phoenix would take for another one of the report: of these the gravest is sent, with what all say."""
    unrated: int = 0
    """Findings that nothing in the report rates; they count as 1.0 among the severities."""
    dismissed: Counter[str] = field(default_factory=Counter)
    """By reason, what was put aside; not among the findings."""
    severities: list[float] = field(default_factory=list)
    reference_ids: set[str] = field(default_factory=set)
    cwes: set[str] = field(default_factory=set)
    skipped_records: list[SkippedRecord] = field(default_factory=list)
    """The first hundred."""
    asset_keys: dict[bytes, str] = field(default_factory=dict)
    _identities: set[bytes] = field(default_factory=set)

    @property
    def assets(self) -> int:
        return len(self.asset_keys)

    @property
    def asset_types(self) -> Counter[str]:
        return Counter(self.asset_keys.values())

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        self.seen(asset)
        self.findings += 1
        finding = whole(finding)
        identity = asset.key() + finding_identity(finding.name, finding.location, finding.reference_ids)
        self.merged += identity in self._identities
        self._identities.add(identity)
        self.unrated += not is_rated(finding.severity)
        self.severities.append(clamp(finding.severity))
        self.reference_ids.update(finding.reference_ids)
        self.cwes.update(finding.cwes)

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        self.seen(asset)
        self.dismissed[dismissed.reason] += 1

    def seen(self, asset: Asset) -> None:
        self.asset_keys[asset.key()] = asset.type

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped += 1
        if len(self.skipped_records) < 100:
            self.skipped_records.append(skipped)


def summarize(path: Path, scanner_type: str = AUTO, mapping: str = "") -> Summary:
    """Translates the report and counts. Raises `scanner.errors.ScannerError` where it cannot be read."""
    summary = Summary()
    summary.format = translate_file(path, summary, scanner_type=scanner_type, mapping=mapping).slug
    return summary
