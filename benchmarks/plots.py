"""Curves as pictures."""

from pathlib import Path

from matplotlib.figure import Figure as Canvas

from benchmarks.figure import Curve

_INCHES = (6.4, 3.6)
_WIDE = 20
"""Where the largest x is so many times the smallest, both axes are logarithmic."""


def draw(curve: Curve, folder: Path) -> Path:
    """Writes ``<name>.png``; the same curve makes the same picture."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{curve.name}.png"
    canvas = Canvas(figsize=_INCHES, layout="constrained")
    axes = canvas.subplots()
    for name, y in curve.lines.items():
        axes.plot(curve.x, y, marker="o", label=name)
    if curve.bound is not None:
        axes.axhline(curve.bound, linestyle="--", color="grey", label="target")
    if curve.x[-1] >= _WIDE * curve.x[0]:
        axes.set_xscale("log")
        axes.set_yscale("log")
    else:
        axes.set_xticks(curve.x, labels=[f"{x:,.0f}" for x in curve.x])
        axes.set_ylim(bottom=0)
    axes.set_xlabel(curve.x_label)
    axes.set_ylabel(curve.y_label)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    canvas.savefig(path, dpi=120, metadata={"Software": None})
    return path
