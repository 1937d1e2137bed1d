"""The sample reports of all formats: ``tests/formats/samples/<slug>/<variant>_<what>.<extension>``."""

import functools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from scanner.detection import Detected
from scanner.errors import ScannerError
from scanner.model import Asset, Dismissed, Finding, Occurrence, whole
from scanner.set_aside import Place
from scanner.translation import SkippedRecord, translate_file

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

    def dismiss(self, asset: Asset, dismissed: Dismissed, place: Place) -> None:
        self.seen(asset)
        self.dismissed.append((asset.key(), dismissed))

    def seen(self, asset: Asset) -> None:
        self.assets.setdefault(asset.key(), asset)

    def skip(self, skipped: SkippedRecord) -> None:
        self.skipped.append(skipped)


@dataclass(frozen=True)
class Translated:
    sink: Collected
    detected: Detected | None
    error: ScannerError | None
    """Why the sample is refused; then there is no ``detected``."""


@functools.cache
def translated(sample: Sample) -> Translated:
    """What becomes of a sample under its format's name: made once for all tests of a process, none of which changes it."""
    sink = Collected()
    try:
        detected = translate_file(sample.path, sink, scanner_type=sample.slug)
    except ScannerError as error:
        return Translated(sink, None, error)
    return Translated(sink, detected, None)


def by_format(samples: Sequence[Sample]) -> pytest.MarkDecorator:
    """One test for each format, not for each of thousands of samples, of which each costs more than what is done with it."""
    groups = {slug: list(group) for slug, group in groupby(samples, lambda sample: sample.slug)}
    return pytest.mark.parametrize("samples", groups.values(), ids=groups.keys())


@contextmanager
def about(sample: Sample) -> Iterator[None]:
    """Says of a failure which sample it is about."""
    try:
        yield
    except BaseException as failure:
        failure.add_note(f"the sample is {sample}")
        raise
