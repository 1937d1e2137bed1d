"""Kubescape (``kubescape scan --format json``): version 2 of its JSON, and the frameworks with their controls of version 1."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.records import Record, at, number, objects, rest, text, texts, told
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.severity import CRITICAL, HIGH, LOW, MEDIUM, UNRATED, first_rated, severity
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_FAILED = "failed"
_STEPS = ((9, CRITICAL), (7, HIGH), (4, MEDIUM), (1, LOW))
"""The product's own, of a control's score factor."""


class Report(msgspec.Struct):
    results: list[msgspec.Raw] | None = None
    resources: list[dict[str, Any]] | None = None
    summary: Any = msgspec.field(name="summaryDetails", default=None)
    cluster: str | None = msgspec.field(name="clusterName", default=None)


class Around(msgspec.Struct, frozen=True):
    controls: Mapping[str, Record]
    objects: Mapping[str, Record]


def sections(report: Report) -> Iterator[Section]:
    if report.results is None and not at(report.summary, "controls"):
        yield failed("it has neither results nor controls", "results")
        return
    controls = {id_: each for id_, each in (at(report.summary, "controls") or {}).items() if isinstance(each, Mapping)}
    known = {text(each, "resourceID"): _shortened(each) for each in report.resources or ()}
    yield Section(report.results or (), from_result, dict, context=Around(controls, known), place="results")


def _shortened(resource: Record) -> Record:
    """What is read of a resource, as it travels with every shard: manifests are long."""
    obj = at(resource, "object") or resource
    return {
        "kind": text(obj, "kind"),
        "name": text(obj, "metadata.name", "name"),
        "namespace": text(obj, "metadata.namespace", "namespace"),
        "apiVersion": text(obj, "apiVersion"),
        "path": first(text(resource, "source.relativePath"), text(obj, "sourcePath").partition(":")[0]),
        "commit": text(resource, "source.lastCommit.hash"),
    }


def from_result(record: Record, around: Around) -> list[Located]:
    """One per rule of the controls that a resource fails: each names other fields."""
    id_ = text(record, "resourceID")
    if not id_:
        raise RecordError("it names no resource")
    resource = around.objects.get(id_, {})
    workload = "/".join(filter(None, (text(resource, name) for name in ("namespace", "kind", "name")))) or _named(id_)
    asset = assets.container(workload)
    found = [
        Located(asset, _part(control, rule, around.controls.get(text(control, "controlID"), {}), resource, workload))
        for control in objects(record, "controls")
        if _state(control) in (_FAILED, "excluded")
        for rule in [each for each in objects(control, "rules") if text(each, "status") != "passed"] or [{}]
    ]
    return found or [Located(asset)]


def _named(id_: str) -> str:
    """``path=1/api=apps/v1//Deployment/web`` → ``Deployment/web``; the number is a hash of a path."""
    return "/".join(part for part in id_.split("/") if part and not part.startswith(("path=", "api=")))


def _state(control: Record) -> str:
    said = text(control, "status.status", "status")
    rules = {text(rule, "status") for rule in objects(control, "rules")}
    if said:
        return "excluded" if said == "passed" and "exceptions" in text(control, "status.subStatus").casefold() else said
    return _FAILED if _FAILED in rules else "excluded" if "excluded" in rules else next(iter(rules), "")


def _part(control: Record, rule: Record, known: Record, resource: Record, workload: str) -> Finding | Dismissed:
    id_ = text(control, "controlID")
    paths = [_path(path) for path in objects(rule, "paths")]
    exceptions = [text(each, "name") for each in objects(rule, "exception")]
    is_one_of_many = len(objects(control, "rules")) > 1
    file = text(resource, "path")
    finding = Finding(
        name=first(text(control, "name"), text(known, "name"), id_),
        description=joined(text(known, "description"), f"{workload} fails {id_}.", *filter(None, paths), separator="\n"),
        remedy=first(text(known, "remediation"), f"Set {paths[0]}." if paths and "=" in paths[0] else ""),
        severity=_severity(control, known),
        location=" ".join(filter(None, (file, workload, id_, text(rule, "name") if is_one_of_many else ""))),
        details=told(
            rest(resource, under="resource"),
            control=id_,
            paths=list(filter(None, paths)),
            rule=text(rule, "name"),
            category=text(known, "category.name"),
            score_factor=number(known, "scoreFactor"),
            exceptions=exceptions,
            references=[f"https://hub.armosec.io/docs/{id_.lower()}"] if id_ else [],
        ),
    )
    return Dismissed(finding, Dismissal.RISK_ACCEPTED, ", ".join(exceptions)) if _state(control) == "excluded" else finding


def _path(path: Record) -> str:
    wanted = "=".join(filter(None, (text(path, "fixPath.path"), text(path, "fixPath.value"))))
    return first(wanted, text(path, "failedPath"), text(path, "reviewPath"), text(path, "deletePath"), text(path, "fixCommand"))


def _severity(control: Record, known: Record) -> float:
    factor = number(known, "scoreFactor", "baseScore")
    step = next((level for least, level in _STEPS if factor is not None and factor >= least), UNRATED)
    return first_rated(severity(text(control, "severity") or text(known, "severity")), step)


class Framework(msgspec.Struct):
    name: str | None = None
    controls: list[msgspec.Raw] | None = msgspec.field(name="controlReports", default=None)


class OldReport(msgspec.Struct):
    frameworks: list[Framework]


def old_sections(report: OldReport) -> Iterator[Section]:
    for framework in report.frameworks:
        yield from framework_sections(framework)


def framework_sections(framework: Framework) -> Iterator[Section]:
    yield scanned(assets.container("kubernetes"))
    if framework.controls is None:
        yield failed("it has no reports on controls", "controlReports")
        return
    yield Section(framework.controls, from_control, dict, context=framework.name or "", place="controlReports")


def from_control(record: Record, framework: str) -> list[Located]:
    return [
        Located(_workload(obj), _old_finding(record, response, obj, framework))
        for rule in objects(record, "ruleReports")
        for response in objects(rule, "ruleResponses")
        if text(response, "ruleStatus") in ("failed", "")
        for obj in objects(response, "alertObject.k8sApiObjects") or [{}]
    ]


def _workload(obj: Record) -> Asset:
    parts = (text(obj, "metadata.namespace", "namespace"), text(obj, "kind"), text(obj, "metadata.name", "name"))
    return assets.container("/".join(filter(None, parts)) or "kubernetes")


def _old_finding(control: Record, response: Record, obj: Record, framework: str) -> Finding:
    id_ = text(control, "controlID", "id")
    return Finding(
        name=first(text(control, "name"), id_),
        description=joined(text(response, "alertMessage"), text(control, "description")),
        remedy=text(control, "remediation"),
        severity=_severity(control, control),
        location=" ".join(filter(None, (_workload(obj).name, id_, *texts(response, "failedPaths")))),
        details=details(
            control=id_,
            framework=framework,
            paths=texts(response, "failedPaths"),
            rule=text(response, "rulename"),
            score_factor=number(control, "scoreFactor", "baseScore"),
        ),
    )


FORMAT = Format(
    slug="kubescape",
    scanner="Kubescape",
    asset_type=AssetType.CONTAINER,
    names=("Kubescape JSON Importer",),
    produce="kubescape scan --format json --format-version v2 --output results.json",
    sources=("https://github.com/kubescape/opa-utils/tree/master/reporthandling", "https://github.com/kubescape/kubescape"),
    variants=(
        JsonVariant(JsonSignature(keys={"summaryDetails", "results", "resources"}, root="object"), Report, sections),
        JsonVariant(JsonSignature(keys={"summaryDetails", "generationTime"}, root="object"), Report, sections),
        JsonVariant(JsonSignature(keys={"frameworks[].controlReports"}), OldReport, old_sections),
        JsonVariant(JsonSignature(keys={"controlReports[].ruleReports"}), Framework, framework_sections),
    ),
)
