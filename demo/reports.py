"""The reports that the demo sends: three kinds, of a few findings and of many."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.reports.contents import Contents
from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS


@dataclass(frozen=True)
class Recipe:
    file: str
    kind: str
    findings: int
    assets: int


RECIPES = (
    Recipe("network.nessus", "nessus", findings=25_000, assets=400),
    Recipe("image.json", "trivy", findings=2_000, assets=1),
    Recipe("code.sarif", "sarif", findings=600, assets=6),
)


def write_reports(folder: Path) -> dict[str, Contents]:
    """What is in each of the reports, by name of its file; they are there on return."""
    return {
        recipe.file: write_report(
            KINDS[recipe.kind], folder / recipe.file, findings=recipe.findings, assets=recipe.assets, seed=seed
        )
        for seed, recipe in enumerate(RECIPES)
    }
