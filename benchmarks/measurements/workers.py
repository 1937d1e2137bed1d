"""From a report to its stored bodies: one worker against as many as there are CPUs."""

import os
from dataclasses import dataclass

from benchmarks.fan_out import fan_out
from benchmarks.figure import Curve, Figure, Measured, at_least
from benchmarks.place import Place
from benchmarks.scale import Scale


@dataclass(frozen=True)
class Subject:
    assets: int
    bytes_per_finding: int


_SUBJECTS = {"trivy": Subject(1, 1_680), "nuclei": Subject(2_000, 2_130)}
"""All findings on one asset, and spread over many."""
_LEAST_SPEEDUP = 1.7
"""With two; with more, as much of the whole."""


def measure(scale: Scale, place: Place) -> Measured:
    figures, lines = [], {}
    counts = _counts(os.cpu_count() or 1)
    for kind, subject in _SUBJECTS.items():
        path = place.report(kind, scale.fan_out_mb * 1_000_000 // subject.bytes_per_finding, assets=subject.assets)
        megabytes = path.stat().st_size / 1e6
        times = {}
        for workers in counts:
            times[workers] = fan_out(path, place.empty_folder("fan-out"), workers=workers)
        place.empty_folder("fan-out")
        alone, together = times[1], times[counts[-1]]
        lines[f"{kind}, {megabytes:.0f} MB"] = [alone.seconds / times[workers].seconds for workers in counts]
        figures.append(
            Figure(
                name=f"{counts[-1]} workers against one, {kind}, {megabytes:.0f} MB",
                value=alone.seconds / together.seconds,
                unit="× faster",
                target=at_least(_LEAST_SPEEDUP * counts[-1] / 2),
                note=f"{alone.seconds:.1f} s → {together.seconds:.1f} s: read {together.read:.1f}, "
                f"translate {alone.translate:.1f} → {together.translate:.1f}, plan {alone.plan:.1f} → {together.plan:.1f}",
            )
        )
    curve = Curve(name="workers", x_label="workers", y_label="times as fast as one", x=counts, lines=lines)
    return Measured(figures, [curve])


def _counts(cpus: int) -> list[int]:
    """1, 2, 4 … and all of them."""
    counts = [1]
    while counts[-1] < cpus:
        counts.append(min(2 * counts[-1], cpus))
    return counts
