"""The sample reports of all formats: ``tests/formats/samples/<slug>/<variant>_<what>.<extension>``."""

from dataclasses import dataclass
from pathlib import Path

from scanner.model import Asset, Dismissed, Finding, Occurrence, whole
from scanner.translation import SkippedRecord

FOLDER = Path(__file__).parent / "formats" / "samples"
SNAPSHOTS = FOLDER.parent / "snapshots"
WHATS = ("empty", "one", "many", "odd", "cut")
SAME = "same"
"""One scan, as each variant of a format writes it: for formats of which several can be had of a scan."""
LINE_BY_LINE = (".csv", ".jsonl", ".ndjson", ".txt", ".log")
"""Reports of lines: cut off, they lose the last one, and the rest is good."""


@dataclass(frozen=True)
class Sample:
    path: Path

    @property
    def slug(self) -> str:
        return self.path.parent.name

    @property
    def what(self) -> str:
        return self.path.stem.rpartition("_")[2]

    @property
    def snapshot(self) -> Path:
        return SNAPSHOTS / self.slug / f"{self.path.name}.json"

    def __str__(self) -> str:
        return f"{self.slug}/{self.path.name}"


SAMPLES = [Sample(path) for path in sorted(FOLDER.glob("*/*")) if path.is_file()]
WHOLE = [sample for sample in SAMPLES if sample.what != "cut"]
CUT = [sample for sample in SAMPLES if sample.what == "cut"]


class Collected:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.assets: dict[bytes, Asset] = {}
        self.findings: list[tuple[bytes, Finding]] = []
        self.dismissed: list[tuple[bytes, Dismissed]] = []
        self.skipped: list[SkippedRecord] = []

    def add(self, asset: Asset, finding: Finding | Occurrence) -> None:
        self.seen(asset)
        self.findings.append((asset.key(), whole(finding)))

    def dismiss(self, asset: Asset, dismissed: Dismissed) -> None:
        self.seen(asset)
        self.dismissed.append((asset.key(), dismissed))

    def seen(self, asset: Asset) -> None:
        self.assets.setdefault(asset.key(), asset)

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped.append(skipped)
