"""The JSON report (``--format JSON``)."""

from collections.abc import Iterator

import msgspec

from scanner.format import Section
from scanner.formats.dependency_check.findings import dependency_findings, project_asset
from scanner.formats.dependency_check.model import Dependency
from scanner.model import Dismissed, Finding


class Project(msgspec.Struct):
    name: str | None = None


class Report(msgspec.Struct, rename="camel"):
    dependencies: list[msgspec.Raw] | None = None
    project_info: Project | None = None


def sections(report: Report) -> Iterator[Section]:
    asset = project_asset(report.project_info.name if report.project_info else None)
    yield Section(report.dependencies or (), findings, Dependency, asset=asset, place="dependencies")


def findings(dependency: Dependency, _: None) -> Iterator[Finding | Dismissed]:
    return dependency_findings(dependency)
