"""What a run found, for people and for programs."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import msgspec
from rich.table import Table

from benchmarks.environment import Environment
from benchmarks.figure import Figure, Measured, Target


def table(figures: Iterable[Figure]) -> Table:
    shown = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    shown.add_column("Figure", min_width=40)
    for name in ("Value", "Floor", "Ratio", "Target"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("Met")
    shown.add_column("Note", style="dim")
    for figure in figures:
        shown.add_row(
            figure.name,
            _value(figure.value, figure.unit),
            "" if figure.floor is None else _value(figure.floor, figure.unit),
            "" if figure.ratio is None else f"{figure.ratio:.2f} ×",
            _target(figure.target, is_ratio=figure.ratio is not None),
            {True: "[green]yes[/]", False: "[bold red]no[/]", None: ""}[figure.met],
            "; ".join(text for text in (figure.floor_name and f"floor: {figure.floor_name}", figure.note) if text),
        )
    return shown


def write_json(path: Path, environment: Environment, measured: Measured) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "environment": asdict(environment),
        "figures": [asdict(figure) | {"ratio": figure.ratio, "met": figure.met} for figure in measured.figures],
        "curves": [asdict(curve) for curve in measured.curves],
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def _value(value: float, unit: str) -> str:
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return f"{shown} {unit}".rstrip()


def _target(target: Target | None, *, is_ratio: bool) -> str:
    if target is None:
        return ""
    return f"{target.sense} {target.bound:g}{' ×' if is_ratio else ''}"
