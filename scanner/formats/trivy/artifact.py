"""Reports on one artifact, schema version 2 (since 0.20)."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.images import image_asset
from scanner.families.scanned import scanned
from scanner.format import Section
from scanner.formats.trivy.result import Result, result_sections
from scanner.model import Asset

_NAMELESS = ("", ".", "./")


class Metadata(msgspec.Struct, rename="pascal"):
    image_id: str | None = msgspec.field(name="ImageID", default=None)
    repo_tags: list[str] | None = None
    repo_digests: list[str] | None = None


class Report(msgspec.Struct, rename="pascal"):
    artifact_name: str | None = None
    artifact_type: str | None = None
    metadata: Metadata | None = None
    results: list[Result] | None = None


def sections(report: Report) -> Iterator[Section]:
    """One or more sections per scanned target; all of them belong to the scanned artifact."""
    asset = artifact_asset(report)
    yield scanned(asset)
    for index, result in enumerate(report.results or ()):
        yield from result_sections(result, asset, f"Results[{index}]")


def artifact_asset(report: Report) -> Asset:
    name = (report.artifact_name or "").strip()
    match report.artifact_type:
        case "container_image":
            return _image(report, name)
        case "aws_account":
            return assets.cloud(provider="AWS", account=name or "trivy")
        case "vm":
            return assets.host(name or "trivy")
        case "cyclonedx" | "spdx" | "spdx-json" | "cve":
            return assets.build(name or "trivy")
        case _:
            return assets.repository("trivy" if name in _NAMELESS else name, origin="trivy")


def _image(report: Report, name: str) -> Asset:
    """The image as it was asked for, else by its tags or its system's target; its id, new with every build, comes last."""
    metadata = report.metadata or Metadata()
    targets = [result.image for result in report.results or ()]
    digests = metadata.repo_digests or []
    return image_asset(name, *(metadata.repo_tags or ()), *digests, *targets, metadata.image_id, "trivy", digests=digests)
