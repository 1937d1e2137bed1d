"""Compliance reports (``trivy image|k8s --compliance … --format json``): controls with the results of their checks.

``--report all`` has the results, ``--report summary`` only the number of failures of each control.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.scanned import failed
from scanner.format import Section
from scanner.formats.trivy.result import Result, result_sections
from scanner.model import Finding
from scanner.normalize.severity import severity
from scanner.normalize.text import first


class Control(msgspec.Struct, rename="pascal"):
    id: str | None = msgspec.field(name="ID", default=None)
    name: str | None = None
    severity: str | None = None
    total_fail: int | None = None
    results: list[Result] | None = None


class Report(msgspec.Struct, rename="pascal"):
    id: str | None = msgspec.field(name="ID", default=None)
    title: str | None = None
    results: list[Control] | None = None
    summary_controls: list[Control] | None = None


def sections(report: Report) -> Iterator[Section]:
    if report.results is None and report.summary_controls is None:
        yield failed("the report has no controls, not even an empty list", "Results")
        return
    specification = first(report.id, report.title, "trivy")
    asset = assets.container(specification)
    for index, control in enumerate(report.results or ()):
        within = f"control {control.id or control.name}"
        for number, result in enumerate(control.results or ()):
            yield from result_sections(result, asset, f"Results[{index}].Results[{number}]", within=within)
    yield Section(report.summary_controls or (), control_finding, asset=asset, context=specification, place="SummaryControls")


def control_finding(control: Control, specification: str) -> Finding | None:
    if not control.total_fail:
        return None
    return Finding(
        name=first(control.name, control.id),
        severity=severity(control.severity),
        description=f"{control.total_fail} checks of control {control.id} of {specification} failed.",
        location=f"control {control.id}",
        details={"control": control.id, "failed": control.total_fail},
    )
