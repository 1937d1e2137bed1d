"""The JSON report (``--format JSON``)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.families.scanned import failed, quoted
from scanner.format import Section
from scanner.formats.dependency_check.findings import dependency_findings, project_asset
from scanner.formats.dependency_check.model import Dependency
from scanner.model import Dismissed, Finding


class Project(msgspec.Struct):
    name: str | None = None


class ScanInfo(msgspec.Struct, rename="camel"):
    analysis_exceptions: list[Any] | None = None
    """Each a message, or within an ``exception``, with a trace that nobody needs."""


class Report(msgspec.Struct, rename="camel"):
    scan_info: ScanInfo | None = None
    dependencies: list[msgspec.Raw] | None = None
    project_info: Project | None = None


def sections(report: Report) -> Iterator[Section]:
    asset = project_asset(report.project_info.name if report.project_info else None)
    errors = quoted(map(_message, (report.scan_info.analysis_exceptions if report.scan_info else None) or ()))
    if report.dependencies or (report.dependencies is not None and not errors):
        yield Section(report.dependencies, findings, Dependency, asset=asset, place="dependencies")
    elif not errors:
        errors = "the report has no dependencies, not even an empty list"
    if errors:
        yield failed(errors, "scanInfo.analysisExceptions")


def _message(raw: Any) -> str:
    exception = raw.get("exception", raw) if isinstance(raw, dict) else raw
    text = exception.get("message") if isinstance(exception, dict) else exception
    return text if isinstance(text, str) and text else "an exception without a message"


def findings(dependency: Dependency, _: None) -> Iterator[Finding | Dismissed]:
    return dependency_findings(dependency)
