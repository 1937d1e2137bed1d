"""Translating on one core, against plain readers of the same bytes; see `benchmarks.translate`, which also runs alone."""

from collections.abc import Callable
from pathlib import Path

from benchmarks import translate
from benchmarks.figure import Figure, Measured, at_most
from benchmarks.place import Place
from benchmarks.scale import Scale

_FLOORS: dict[Callable[[Path], None], str] = {
    translate.loads: "orjson.loads",
    translate.loads_lines: "orjson.loads of each line",
    translate.parse_hosts: "lxml iterparse",
    translate.read_rows: "csv.reader",
}


def measure(scale: Scale, place: Place) -> Measured:
    figures = []
    for kind, subject in translate.SUBJECTS.items():
        path = place.report(kind, scale.one_core_findings, assets=subject.assets)
        found = translate.measure(kind, path, rounds=scale.one_core_rounds)
        figures.append(
            Figure(
                name=f"translate {kind}, {found.megabytes:.0f} MB, one core",
                value=found.ours_seconds,
                unit="s",
                floor=found.floor_seconds,
                floor_name=_FLOORS[subject.floor],
                target=None if found.target is None else at_most(found.target),
                note=f"{found.findings / found.ours_seconds:,.0f} findings/s",
            )
        )
    return Measured(figures)
