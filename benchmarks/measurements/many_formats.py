"""Finding, loading and detecting a format in a new process, with 250 formats against those that there are."""

from benchmarks import formats
from benchmarks.figure import Figure, Measured, at_most
from benchmarks.place import Place
from benchmarks.reports.kinds import KINDS
from benchmarks.scale import Scale

_MANY = 250
_FINDINGS = 20


def measure(scale: Scale, place: Place) -> Measured:
    few, many = place.folder / "few.json", place.folder / "many.json"
    formats.write_index(few, formats.known_formats())
    formats.write_index(many, _MANY)
    figures = []
    for kind in ("trivy", "nessus", "tenable-csv"):
        report = place.report(kind, _FINDINGS)
        rounds = [
            [formats.seconds(index, report, KINDS[kind].slug) for index in (few, many)] for _ in range(scale.process_rounds)
        ]
        with_few, with_many = map(min, zip(*rounds, strict=True))
        figures.append(
            Figure(
                name=f"detect {kind} in a new process, {_MANY} formats",
                value=with_many,
                unit="s",
                floor=with_few,
                floor_name=f"{formats.known_formats()} formats",
                target=at_most(1.1),
                note="processor time",
            )
        )
    return Measured(figures)
