"""Reports on one artifact, schema version 2 (since 0.20)."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.images import image_asset
from scanner.families.scanned import scanned
from scanner.families.trivy_artifact import repository_asset, within
from scanner.format import Section
from scanner.formats.trivy.project import project_name
from scanner.formats.trivy.result import Result, result_sections
from scanner.model import Asset


class Metadata(msgspec.Struct, rename="pascal"):
    image_id: str | None = msgspec.field(name="ImageID", default=None)
    repo_tags: list[str] | None = None
    repo_digests: list[str] | None = None
    reference: str | None = None
    """The image's name, also of one that was read from a file (since 0.70)."""
    repo_url: str | None = msgspec.field(name="RepoURL", default=None)


class Report(msgspec.Struct, rename="pascal"):
    artifact_name: str | None = None
    artifact_type: str | None = None
    metadata: Metadata | None = None
    results: list[Result] | None = None


def sections(report: Report) -> Iterator[Section]:
    """One or more sections per scanned target; all of them belong to the scanned artifact."""
    asset = artifact_asset(report)
    yield scanned(asset)
    name = report.artifact_name or ""
    for index, result in enumerate(report.results or ()):
        result.target = within(result.target or "", name, asset.attributes.get("dockerfile", ""))
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
            remote = report.metadata.repo_url if report.metadata else None
            return repository_asset(name, remote, project_name(report.results or ()))


def _image(report: Report, name: str) -> Asset:
    """The image as it was asked for, else by its tags or its system's target; its id, new with every build, comes last."""
    metadata = report.metadata or Metadata()
    targets = [result.image for result in report.results or ()]
    digests = metadata.repo_digests or []
    tags = (metadata.reference, *(metadata.repo_tags or ()))
    return image_asset(name, *tags, *digests, *targets, metadata.image_id, "trivy", digests=digests)


class Scan(msgspec.Struct):
    result: Report


class Attested(msgspec.Struct):
    """``trivy -f cosign-vuln``: the report in what cosign attests of an image."""

    scanner: Scan


class Statement(msgspec.Struct):
    """The same in an in-toto statement."""

    predicate: Attested


def attested_sections(attested: Attested) -> Iterator[Section]:
    return sections(attested.scanner.result)


def statement_sections(statement: Statement) -> Iterator[Section]:
    return attested_sections(statement.predicate)
