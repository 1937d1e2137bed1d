"""What is in a report, in numbers: for people, and for comparing with what is known of it."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from scanner.model import Asset, Finding, Occurrence, whole
from scanner.registry import AUTO
from scanner.translation import SkippedRecord, translate_file


@dataclass(slots=True)
class Summary:
    """Counts of one report. ``severities`` has one number per finding; the id sets have each id once."""

    format: str = ""
    findings: int = 0
    skipped: int = 0
    severities: list[float] = field(default_factory=list)
    reference_ids: set[str] = field(default_factory=set)
    cwes: set[str] = field(default_factory=set)
    skipped_records: list[SkippedRecord] = field(default_factory=list)
    """The first hundred."""
    asset_keys: dict[bytes, str] = field(default_factory=dict)

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
        self.severities.append(finding.severity)
        self.reference_ids.update(finding.reference_ids)
        self.cwes.update(finding.cwes)

    def seen(self, asset: Asset) -> None:
        self.asset_keys[asset.key()] = asset.type

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped += 1
        if len(self.skipped_records) < 100:
            self.skipped_records.append(skipped)


def summarize(path: Path, scanner_type: str = AUTO) -> Summary:
    """Translates the report and counts. Raises `scanner.errors.ScannerError` where it cannot be read."""
    summary = Summary()
    summary.format = translate_file(path, summary, scanner_type=scanner_type).format.slug
    return summary
