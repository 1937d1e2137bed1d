"""Cluster reports (``trivy k8s --format json``), full and summary.

``Vulnerabilities`` and ``Misconfigurations`` until 0.3x, ``Resources`` (full) and ``Findings`` (summary) since.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.images import image_asset
from scanner.families.scanned import failed, scanned
from scanner.format import Section
from scanner.formats.trivy.artifact import Metadata
from scanner.formats.trivy.result import Result, result_sections
from scanner.model import Asset


class Resource(msgspec.Struct, rename="pascal"):
    namespace: str | None = None
    kind: str | None = None
    name: str | None = None
    metadata: list[Metadata] | Metadata | None = None
    """One until 0.5x, then one per image of the workload."""
    results: list[Result] | None = None
    error: str | None = None
    """Why it, or one of its images, could not be scanned."""


class Report(msgspec.Struct, rename="pascal"):
    cluster_name: str | None = None
    vulnerabilities: list[Resource] | None = None
    misconfigurations: list[Resource] | None = None
    resources: list[Resource] | None = None
    findings: list[Resource] | None = None


def sections(report: Report) -> Iterator[Section]:
    """Packages belong to their image, at the workload that runs it; all else belongs to the workload."""
    for part, resources in (
        ("Vulnerabilities", report.vulnerabilities),
        ("Misconfigurations", report.misconfigurations),
        ("Resources", report.resources),
        ("Findings", report.findings),
    ):
        for index, resource in enumerate(resources or ()):
            yield from _resource_sections(resource, report.cluster_name or "", f"{part}[{index}]")


def _resource_sections(resource: Resource, cluster: str, place: str) -> Iterator[Section]:
    workload = "/".join(filter(None, (resource.namespace, resource.kind, resource.name))) or "trivy"
    asset = assets.container("/".join(filter(None, (cluster, workload))), origin=cluster)
    if resource.error:
        yield failed(f"{workload}: {resource.error}", f"{place}.Error")
    if not resource.error or resource.results:
        yield scanned(asset)
    for index, result in enumerate(resource.results or ()):
        where = f"{place}.Results[{index}]"
        image = _image(resource, result)
        if image is None:
            yield from result_sections(result, asset, where)
        else:
            yield from result_sections(result, image, where, within=workload)


def _image(resource: Resource, result: Result) -> Asset | None:
    """The image that a result is about; none for the workload's own configuration."""
    if result.misconfigurations is not None or result.result_class == "config":
        return None
    several = resource.metadata if isinstance(resource.metadata, list) else [resource.metadata or Metadata()]
    tags = [tag for metadata in several for tag in metadata.repo_tags or ()]
    targets = [other.image for other in resource.results or ()]
    names = [name for name in (result.image, *tags, *targets) if name]
    return image_asset(*names) if names else None
