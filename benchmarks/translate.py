"""``python -m benchmarks.translate``: how fast one core translates reports, as ratios to floors measured in the same run.

Translating is everything from the file to the request bodies: detection, reading, translating, preparing for Phoenix, encoding,
grouping and cutting, in a process that keeps what it has freed, as those of tasks do (the floor is measured in the same one).
Time is the process's, not the clock's, so that a busy machine says the same as an idle one; of several rounds, in which ours
and the floor take turns, each counts with its best.
"""

import csv
import gc
import json
import tempfile
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer
from lxml import etree
from rich.console import Console
from rich.table import Table

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from cluster.heap import keep_freed_memory
from scanner.batching import Limits, Piece, cut, overhead_bytes
from scanner.collecting import Collector, regroup
from scanner.options import ImportOptions
from scanner.shapes.csv import records as csv_records
from scanner.shapes.xml import repeats as xml_repeats
from scanner.translation import translate_file

RESULTS = Path(__file__).parent / "results" / "translate.json"


def loads(path: Path) -> None:
    orjson.loads(path.read_bytes())


def loads_lines(path: Path) -> None:
    with path.open("rb") as file:
        deque(map(orjson.loads, file), maxlen=0)


def parse_hosts(path: Path) -> None:
    """The quickest way to have every host's elements once: events for hosts only, each cleared."""
    for _, element in etree.iterparse(path, tag="ReportHost", huge_tree=True):
        element.clear()


def read_rows(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        deque(csv.reader(file), maxlen=0)


@dataclass(frozen=True)
class Subject:
    assets: int
    floor: Callable[[Path], None]
    target: float | None
    """At most so many times the floor; None where the time is only recorded."""


SUBJECTS = {
    "trivy": Subject(1, loads, 0.5),
    "grype": Subject(1, loads, 0.5),
    "sarif": Subject(1, loads, 0.5),
    "nuclei": Subject(200, loads_lines, None),
    "nessus": Subject(200, parse_hosts, 2.0),
    "tenable-csv": Subject(200, read_rows, 2.0),
    "qualys-csv": Subject(200, read_rows, 2.0),
}


@dataclass(frozen=True)
class Measurement:
    kind: str
    megabytes: float
    findings: int
    ours_seconds: float
    floor_seconds: float
    ratio: float
    target: float | None

    @property
    def met(self) -> bool | None:
        """None without a target."""
        return None if self.target is None else self.ratio <= self.target


def translate(path: Path) -> int:
    """To request bodies, held in memory; the number of findings in them."""
    options = ImportOptions()
    collector = Collector(options)
    translate_file(path, collector)
    findings = 0
    for piece in cut(regroup(collector.blocks(), options).assets, Limits(), overhead_bytes=overhead_bytes("benchmark")):
        if not isinstance(piece, Piece):
            raise piece.error()
        findings += piece.findings
    return findings


def measure(kind: str, path: Path, *, rounds: int) -> Measurement:
    keep_freed_memory()
    subject = SUBJECTS[kind]
    ours, floor = [], []
    findings = translate(path)
    for _ in range(rounds):
        floor.append(_seconds(lambda: subject.floor(path)))
        ours.append(_seconds(lambda: translate(path)))
    best, best_floor = min(ours), min(floor)
    size = round(path.stat().st_size / 1e6, 1)
    return Measurement(kind, size, findings, round(best, 4), round(best_floor, 4), round(best / best_floor, 2), subject.target)


def _seconds(work: Callable[[], object]) -> float:
    for reader in (csv_records, xml_repeats):
        reader.forget()  # what the round before has told of plugins
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def table(measurements: list[Measurement]) -> Table:
    shown = Table("report", "MB", "findings", "ours", "µs/finding", "floor", "ratio", "target", "met")
    for one in measurements:
        each = one.ours_seconds / one.findings * 1e6
        shown.add_row(
            one.kind,
            f"{one.megabytes:.0f}",
            f"{one.findings:,}",
            f"{one.ours_seconds:.3f} s",
            f"{each:.1f}",
            f"{one.floor_seconds:.3f} s",
            f"{one.ratio:.2f}",
            "" if one.target is None else f"{one.target:.2f}",
            {True: "yes", False: "no", None: ""}[one.met],
        )
    return shown


def main(
    kinds: Annotated[list[str] | None, typer.Argument(help="Of which scanners; all of them by default.")] = None,
    findings: Annotated[int, typer.Option(min=1)] = 60_000,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
    folder: Annotated[Path | None, typer.Option(help="Where reports are kept for the next run; else they are not.")] = None,
    out: Annotated[Path, typer.Option(help="The measurements as JSON.")] = RESULTS,
) -> None:
    """Prints a table of all ratios; exits with 1 where a target is missed."""
    measurements = []
    with tempfile.TemporaryDirectory() as scratch:
        for kind in kinds or SUBJECTS:
            path = (folder or Path(scratch)) / f"{kind}-{findings}.{KINDS[kind].extension}"
            if not path.exists():
                write_report(KINDS[kind], path, findings=findings, assets=SUBJECTS[kind].assets)
            measurements.append(measure(kind, path, rounds=rounds))
    Console().print(table(measurements))
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps([asdict(one) | {"met": one.met} for one in measurements], indent=2) + "\n")
    raise typer.Exit(1 if any(one.met is False for one in measurements) else 0)


if __name__ == "__main__":
    typer.run(main)
