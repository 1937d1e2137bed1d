"""What a kind of report is, and how one is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.reports.advisories import Advisory, advisories
from benchmarks.reports.contents import Contents
from benchmarks.reports.spread import spread

POOL = 2_000
"""Advisories in a report at most: findings of a large scan repeat them."""
_BUFFER_BYTES = 1 << 20

LAP = b"@LAP@"
"""In a record's template, stands for how often the asset had the same advisory before: it makes the finding another one."""
ASSET = b"@ASSET@"
"""In a record's template, stands for the asset's name."""


@dataclass(frozen=True)
class Plan:
    """What to write; the same plan makes the same report."""

    counts: list[int]
    """Findings of each asset."""
    pool: list[Advisory]

    def pick(self, asset: int, number: int) -> tuple[Advisory, int]:
        """The advisory of an asset's finding, and how often the asset had it before."""
        lap, place = divmod(number, len(self.pool))
        return self.pool[(place + 31 * asset) % len(self.pool)], lap


@dataclass(frozen=True)
class Kind:
    slug: str
    """Of the format, as ``scanner_type``."""
    extension: str
    pieces: Callable[[Plan, Contents], Iterator[bytes]]
    """The report's bytes in small pieces; tells the contents what it writes as it goes. Memory: the templates of the pool."""
    largest_pool: int = POOL
    most_assets: int | None = None


def write_report(kind: Kind, path: Path, *, findings: int, assets: int = 1, seed: int = 0) -> Contents:
    """Writes a report to ``path`` and returns what is in it. Memory is bounded by assets, not by findings.

    Raises ValueError where the kind cannot have so many assets, or they cannot all have a finding.
    """
    if kind.most_assets is not None and assets > kind.most_assets:
        raise ValueError(f"a report of {kind.slug} is about {kind.most_assets} asset at most, not {assets}")
    random = Random(seed)
    plan = Plan(spread(findings, assets, random), advisories(min(kind.largest_pool, findings), random))
    contents = Contents()
    with path.open("wb", buffering=_BUFFER_BYTES) as file:
        file.writelines(kind.pieces(plan, contents))
    return contents


def separated(pieces: Iterator[bytes], separator: bytes = b",\n") -> Iterator[bytes]:
    for index, piece in enumerate(pieces):
        if index:
            yield separator
        yield piece
