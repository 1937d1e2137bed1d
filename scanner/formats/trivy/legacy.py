"""The array of results that Trivy wrote before 0.20; it does not name the artifact."""

from collections.abc import Iterator

from scanner import assets
from scanner.families.images import image_asset
from scanner.families.scanned import scanned
from scanner.format import Section
from scanner.formats.trivy.result import Result, result_sections

Report = list[Result]


def sections(report: Report) -> Iterator[Section]:
    """All results belong to the image that one of them names; without any, each lock file is on its own."""
    image = next((result.image for result in report if result.image), "")
    for index, result in enumerate(report):
        asset = image_asset(image) if image else assets.build(result.target or "trivy")
        yield scanned(asset)
        yield from result_sections(result, asset, f"[{index}]")
