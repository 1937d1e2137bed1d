"""The resources, what they are about, and where their records stand."""

from collections.abc import Iterable, Iterator

import msgspec

from scanner import assets
from scanner.families.images import image_asset
from scanner.families.scanned import scanned
from scanner.format import Section
from scanner.formats.trivy_operator.records import (
    Check,
    Secret,
    Vulnerability,
    check_finding,
    secret_finding,
    vulnerability_finding,
)
from scanner.model import Asset


class Metadata(msgspec.Struct):
    name: str | None = None
    namespace: str | None = None
    labels: dict[str, str] | None = None


class Registry(msgspec.Struct):
    server: str | None = None


class Artifact(msgspec.Struct):
    repository: str | None = None
    tag: str | None = None
    digest: str | None = None


class Report(msgspec.Struct):
    registry: Registry | None = None
    artifact: Artifact | None = None
    vulnerabilities: list[msgspec.Raw] | None = None
    checks: list[msgspec.Raw] | None = None
    secrets: list[msgspec.Raw] | None = None


class Control(msgspec.Struct):
    id: str | None = None
    severity: str | None = None
    checks: list[msgspec.Raw] | None = None


class Detail(msgspec.Struct):
    results: list[Control] | None = None


class Status(msgspec.Struct, rename="camel"):
    detail_report: Detail | None = None


class Resource(msgspec.Struct):
    kind: str | None = None
    metadata: Metadata | None = None
    report: Report | None = None
    status: Status | None = None
    """Of a ``ClusterComplianceReport``."""


class ResourceList(msgspec.Struct):
    items: list[Resource] | None = None


def one_resource(resource: Resource) -> Iterator[Section]:
    return _resource_sections(resource, "")


def several_resources(resources: Iterable[Resource]) -> Iterator[Section]:
    for index, resource in enumerate(resources):
        yield from _resource_sections(resource, f"[{index}].")


def listed_resources(listed: ResourceList) -> Iterator[Section]:
    return several_resources(listed.items or ())


def resources_by_kind(kinds: dict[str, list[Resource] | None]) -> Iterator[Section]:
    for resources in kinds.values():
        yield from several_resources(resources or ())


def _resource_sections(resource: Resource, place: str) -> Iterator[Section]:
    """Packages and secrets belong to the image, at the workload that runs it; checks to the workload."""
    metadata, report = resource.metadata or Metadata(), resource.report or Report()
    workload = _workload(metadata)
    asset = _asset(report, workload)
    yield scanned(asset)
    for records, record, translate, what in (
        (report.vulnerabilities, Vulnerability, vulnerability_finding, "vulnerabilities"),
        (report.secrets, Secret, secret_finding, "secrets"),
        (report.checks, Check, check_finding, "checks"),
    ):
        if records:
            yield Section(records, translate, record, asset=asset, context=(workload, ""), place=f"{place}report.{what}")
    detail = resource.status.detail_report if resource.status else None
    for control in (detail.results if detail else None) or ():
        where = (f"control {control.id}", control.severity or "")
        yield Section(control.checks or (), check_finding, Check, asset=asset, context=where, place=f"{place}{where[0]}")


def _workload(metadata: Metadata) -> str:
    """What the report is about: the operator's labels name it; without them, the report itself."""
    labels = metadata.labels or {}
    kind, name = labels.get("trivy-operator.resource.kind"), labels.get("trivy-operator.resource.name")
    named = (kind, name, labels.get("trivy-operator.container.name")) if kind and name else (metadata.name,)
    return "/".join(filter(None, (metadata.namespace, *named))) or "trivy_operator"


def _asset(report: Report, workload: str) -> Asset:
    artifact = report.artifact
    if artifact is None or not artifact.repository:
        return assets.container(workload)
    server = report.registry.server if report.registry else ""
    name = "/".join(filter(None, (server, artifact.repository)))
    tagged = f"{name}:{artifact.tag}" if artifact.tag else f"{name}@{artifact.digest}" if artifact.digest else name
    return image_asset(tagged, digests=[f"{name}@{artifact.digest}"] if artifact.digest else [])
