"""``python -m benchmarks``: one table of figures, each beside its floor and target; JSON; a picture of each curve."""

import signal
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.environment import environment
from benchmarks.errors import BenchmarkError
from benchmarks.figure import Measured
from benchmarks.measurements import (
    bulk,
    large_reports,
    lists,
    many_assets,
    many_formats,
    mappings,
    one_core,
    scaling,
    small_reports,
    starts,
    task_memory,
    watchers,
    workers,
)
from benchmarks.outcome import table, write_json
from benchmarks.place import Place
from benchmarks.plots import draw
from benchmarks.scale import FULL, QUICK, Scale


class Benchmark(StrEnum):
    ONE_CORE = "one-core"
    MAPPINGS = "mappings"
    TASK_MEMORY = "task-memory"
    WORKERS = "workers"
    SMALL_REPORTS = "small-reports"
    BULK = "bulk"
    WATCHERS = "watchers"
    SCALING = "scaling"
    LARGE_REPORTS = "large-reports"
    MANY_ASSETS = "many-assets"
    MANY_FORMATS = "many-formats"
    STARTS = "starts"
    LISTS = "lists"


MEASUREMENTS: dict[Benchmark, Callable[[Scale, Place], Measured]] = {
    Benchmark.ONE_CORE: one_core.measure,
    Benchmark.MAPPINGS: mappings.measure,
    Benchmark.TASK_MEMORY: task_memory.measure,
    Benchmark.WORKERS: workers.measure,
    Benchmark.SMALL_REPORTS: small_reports.measure,
    Benchmark.BULK: bulk.measure,
    Benchmark.WATCHERS: watchers.measure,
    Benchmark.SCALING: scaling.measure,
    Benchmark.LARGE_REPORTS: large_reports.measure,
    Benchmark.MANY_ASSETS: many_assets.measure,
    Benchmark.MANY_FORMATS: many_formats.measure,
    Benchmark.STARTS: starts.measure,
    Benchmark.LISTS: lists.measure,
}
_RESULTS = Path(__file__).parent / "results"
_WIDTH = 200
"""Of a table that goes into a file."""
_PICTURES = Path(__file__).parents[1] / "docs" / "benchmarks"

_console = Console()
if not _console.is_terminal:
    _console.width = _WIDTH


def main(
    only: Annotated[list[Benchmark] | None, typer.Option(help="May be repeated; all by default.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes: shows that everything runs, in three minutes.")] = False,
    out: Annotated[Path | None, typer.Option(help="The results as JSON. Default: benchmarks/results/<time>.json.")] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder of the pictures. Default: docs/benchmarks, or beside the results of --quick.")
    ] = None,
    scratch: Annotated[
        Path | None, typer.Option(help="Folder for reports and services, some 8 GB; emptied afterwards.")
    ] = None,
) -> None:
    """Measures the service on this machine, which should have nothing else to do.

    Exit codes: 0 every target is met, 1 one is missed, 3 a benchmark could not be made; the others are told all the same.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that services end with us, also when we are told to
    where, measured, broken = environment(), Measured(), False
    _console.print(f"{where.processor}, {where.cpus} CPUs, load {where.load}, commit {where.commit}", style="dim")
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="phoenix-bench-", dir=scratch) as folder:
        for name in only or MEASUREMENTS:
            started = time.monotonic()
            try:
                found = MEASUREMENTS[name](QUICK if quick else FULL, Place(Path(folder)))
            except BenchmarkError as error:
                broken = True
                _console.print(f"[bold red]✗[/] {name}: {error}", highlight=False, soft_wrap=True)
                continue
            _console.print(f"{name}: {time.monotonic() - started:.0f} s", style="dim")
            measured.figures.extend(found.figures)
            measured.curves.extend(found.curves)
    _console.print(table(measured.figures))
    path = out or _RESULTS / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}{'-quick' if quick else ''}.json"
    write_json(path, where, measured)
    for curve in measured.curves:
        draw(curve, pictures or (_RESULTS if quick else _PICTURES))
    _console.print(f"Results: {path}", style="dim", soft_wrap=True)
    if broken:
        raise typer.Exit(3)
    raise typer.Exit(0 if all(figure.met is not False for figure in measured.figures) else 1)


if __name__ == "__main__":
    typer.run(main)
