"""Memory of each kind of task while reports grow."""

from benchmarks.by_hand import prepare
from benchmarks.figure import Curve, Figure, Measured, at_most
from benchmarks.place import Place
from benchmarks.scale import Scale

_MOST_MB = 300


def measure(scale: Scale, place: Place) -> Measured:
    """Reports of one asset are the hard case: all their findings come together again in one partition."""
    figures, sizes = [], []
    lines: dict[str, list[float]] = {"read": [], "translate": [], "plan": []}
    for findings in scale.report_findings:
        path = place.report("trivy", findings)
        megabytes = path.stat().st_size / 1e6
        prepared = prepare(path, place.empty_folder("by-hand"))
        sizes.append(megabytes)
        for task, peak_bytes in (
            ("read", prepared.read_bytes),
            ("translate", prepared.translate_bytes),
            ("plan", prepared.plan_bytes),
        ):
            lines[task].append(peak_bytes / 1e6)
            figures.append(
                Figure(
                    name=f"memory of a {task} task, {megabytes:.0f} MB",
                    value=peak_bytes / 1e6,
                    unit="MB",
                    target=at_most(_MOST_MB),
                    note="private, beside the mapped file",
                )
            )
    place.empty_folder("by-hand")
    curve = Curve(
        name="task-memory", x_label="report, MB", y_label="private memory of a task, MB", x=sizes, lines=lines, bound=_MOST_MB
    )
    return Measured(figures, [curve])
