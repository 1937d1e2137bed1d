"""From a report to its stored bodies: one worker against as many as there are CPUs, and what these CPUs have to give."""

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fan_out import fan_out
from benchmarks.figure import Curve, Figure, Measured, at_least
from benchmarks.place import Place
from benchmarks.scale import Scale
from benchmarks.translate import translate
from cluster.heap import keep_freed_memory


@dataclass(frozen=True)
class Subject:
    assets: int
    bytes_per_finding: int


_SUBJECTS = {"trivy": Subject(1, 1_680), "nuclei": Subject(2_000, 2_130)}
"""All findings on one asset, and spread over many."""
_LEAST_SPEEDUP = 1.7
"""With two; with more, as much of the whole."""
_ROUNDS = 6


def measure(scale: Scale, place: Place) -> Measured:
    lines = {}
    counts = _counts(os.cpu_count() or 1)
    figures = [_without_ray(place.report("trivy", scale.one_core_findings), counts[-1])]
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


def _without_ray(path: Path, processes: int) -> Figure:
    """CPUs may be threads of one core: no division of work makes them faster than processes that have nothing in common."""
    alone, together = list[float](), list[float]()
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), initializer=keep_freed_memory) as pool:
        for _ in range(_ROUNDS):
            for seconds, times in ((alone, 1), (together, processes)):
                started = time.monotonic()
                list(pool.map(translate, [path] * times))
                seconds.append(time.monotonic() - started)
    return Figure(
        name=f"{processes} processes against one, each translating a report of its own, without Ray",
        value=processes * min(alone) / min(together),
        unit="× faster",
        note="what the CPUs have to give",
    )


def _counts(cpus: int) -> list[int]:
    """1, 2, 4 … and all of them."""
    counts = [1]
    while counts[-1] < cpus:
        counts.append(min(2 * counts[-1], cpus))
    return counts
