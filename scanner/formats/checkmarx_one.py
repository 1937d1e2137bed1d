"""Checkmarx One: scan results (``cx results show --report-format json``) and improved scan reports (JSON), of all engines.

A result is a data flow of SAST, a query of KICS, a vulnerability of a package or an image, or what its supply-chain engines
found. Results in the state "not exploitable" have been judged to be none; what is proposed to be so is still open.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from scanner.assets import container, repository
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, at, number, objects, text, texts
from scanner.families.scanned import failed, scanned
from scanner.families.secrets import CLEAR, ROTATE
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import INFO, rating
from scanner.normalize.text import first, joined, plain
from scanner.shapes.json import JsonSignature, JsonVariant

_LEVELS = {"information": INFO, "info": INFO}
_SHOWN_STEPS = 30
_ID_CHARACTERS = 12


class Results(msgspec.Struct):
    results: list[msgspec.Raw] | None = None


class Query(msgspec.Struct):
    vulnerabilities: list[msgspec.Raw] | None = None
    results: list[msgspec.Raw] | None = msgspec.field(name="resultsList", default=None)
    query: str | None = msgspec.field(name="queryName", default=None)
    path: str | None = msgspec.field(name="queryPath", default=None)
    description: str | None = None
    cwe: int | str | None = msgspec.field(name="cweId", default=None)
    category: str | None = None
    link: str | None = msgspec.field(name="queryDescriptionLink", default=None)


class Technology(msgspec.Struct):
    name: str | None = None
    queries: list[Query] | None = None


class Sast(msgspec.Struct):
    queries: list[Query] | None = msgspec.field(name="resultsList", default=None)


class Iac(msgspec.Struct):
    technology: list[Technology] | None = None


class Sca(msgspec.Struct):
    packages: list[dict[str, Any]] | None = None


class Report(msgspec.Struct, rename="camel"):
    report_header: dict[str, Any] | None = None
    scan_results: Sast | None = None
    iac_scan_results: Iac | None = None
    sca_scan_results: Sca | None = None
    vulnerability_details: list[dict[str, Any]] | None = None


def result_sections(report: Results) -> Iterator[Section]:
    asset = repository("checkmarx_one", origin="checkmarx_one")
    if report.results is None:
        yield failed("it has no results", "results")
        return
    yield scanned(asset)
    yield Section(report.results, result_finding, dict[str, Any], asset, place="results")


def result_finding(record: Record, _: None) -> Finding | Dismissed | Located:
    """A result of all engines, or one of SAST's own interface, which has no ``data`` around what is found."""
    data = at(record, "data") or record
    kind = text(record, "type")
    package, version = _package(data)
    name = _name(record, kind)
    if not name:
        raise RecordError("nothing in it says what was found")
    nodes = objects(data, "nodes")
    fixed = texts(data, "recommendedVersion") or texts(data, "recommendations")
    is_secret = "secret" in kind
    finding = Finding(
        name=name,
        severity=rating(text(record, "severity"), number(record, "vulnerabilityDetails.cvssScore"), scale=_LEVELS),
        location=_where(record, data, nodes, package, version),
        description=first(
            text(record, "description"), text(data, "ruleDescription", "description"), plain(text(record, "descriptionHTML"))
        ),
        remedy=_remedy(data, package, version, fixed, is_secret=is_secret),
        reference_ids=advisory_ids(text(record, "vulnerabilityDetails.cveName"), text(record, "cveId"), text(record, "id")),
        cwes=cwes([text(record, "vulnerabilityDetails.cweId", "cweID", "cweId")]) or ([CLEAR] if is_secret else []),
        published_date_time=date(text(record, "firstFoundAt", "firstFoundAt.seconds", "created", "created.seconds")),
        packages=[Package(package, version, fix_versions=fixed)] if package else [],
        details=details(
            engine=first(text(record, "label"), kind),
            id=text(record, "id"),
            similarity_id=text(record, "similarityId", "similarityID"),
            status=text(record, "status"),
            state=text(record, "state"),
            query=text(data, "queryName", "ruleName"),
            query_id=text(data, "queryId"),
            group=text(data, "group"),
            language=text(data, "languageName", "platform"),
            issue_type=text(data, "issueType"),
            expected=text(data, "expectedValue"),
            actual=text(data, "value"),
            cvss_score=number(record, "vulnerabilityDetails.cvssScore"),
            compliance=texts(record, "vulnerabilityDetails.compliances") or texts(record, "compliances"),
            flow=[_step(node, "name") for node in nodes[:_SHOWN_STEPS]],
            files=texts(data, "scaPackageData.locations"),
            dependency=text(data, "scaPackageData.typeOfDependency"),
            image=_image(data),
            image_file=text(data, "imageFilePath"),
            comments=text(record, "comments.comments"),
            validity=text(data, "validity"),
            references=[
                *texts(data, "scaPackageData.fixLink"),
                *(text(each, "url") for each in objects(data, "packageData")),
                *texts(data, "commitUrl"),
            ],
        ),
    )
    judged = _judged(finding, record)
    image = _image(data)
    return Located(container(image, origin="checkmarx_one"), judged) if image and package else judged


def _image(data: Record) -> str:
    return joined(text(data, "imageName"), text(data, "imageTag"), separator=":")


def _name(record: Record, kind: str) -> str:
    if kind.startswith(("sca", "container")):
        return text(record, "vulnerabilityDetails.cveName", "cveId", "id")
    return text(record, "data.queryName", "data.ruleName", "queryName", "vulnerabilityDetails.cveName", "id")


def _package(data: Record) -> tuple[str, str]:
    """``Maven-org.acme:core-1.2`` is the manager, the name and the version."""
    name = text(data, "packageName")
    if name:
        return name, text(data, "packageVersion")
    whole = text(data, "packageIdentifier", "scaPackageData.id").partition("-")[2]
    parts = whole.split("-")
    at_version = next((number for number, part in enumerate(parts) if number and part[:1].isdigit()), len(parts))
    return "-".join(parts[:at_version]), "-".join(parts[at_version:])


def _where(record: Record, data: Record, nodes: list[Record], package: str, version: str) -> str:
    if package:
        return f"{package}@{version}" if version else package
    similarity = text(record, "similarityId", "similarityID")[:_ID_CHARACTERS]
    place = _step(nodes[0]) if nodes else _file_line(text(data, "filename", "fileName"), text(data, "line"))
    return joined(place, "" if nodes else _value_of(data), f"[{similarity}]" if similarity else "", separator=" ")


def _value_of(data: Record) -> str:
    """What tells queries of one line apart."""
    said = text(data, "value", "issueName")
    return f"({excerpt(said, 120)})" if said else ""


def _remedy(data: Record, package: str, version: str, fixed: list[str], *, is_secret: bool) -> str:
    if package:
        return upgrade(package, version, fixed)
    said = text(data, "remediation", "remediationAdditional")
    expected = text(data, "expectedValue")
    return first(said, text(data, "remediationLink"), f"Expected: {expected}" if expected else "", ROTATE if is_secret else "")


def report_sections(report: Report) -> Iterator[Section]:
    name = text(report.report_header, "projectName")
    asset = repository(name or "checkmarx_one", origin="checkmarx_one")
    if report.scan_results is None and report.iac_scan_results is None and report.sca_scan_results is None:
        yield failed("it has no results of any engine", "scanResults")
        return
    yield scanned(asset)
    about = {text(each, "cweId"): each for each in report.vulnerability_details or ()}
    for query in (report.scan_results and report.scan_results.queries) or ():
        rest = {"query": query.query, "path": query.path, "about": _about(query, about)}
        place = f"scanResults.{query.query}"
        yield Section(query.vulnerabilities or [], sast_finding, dict[str, Any], asset, rest, place=place)
    for technology in (report.iac_scan_results and report.iac_scan_results.technology) or ():
        for query in technology.queries or ():
            known = {"query": query.query, "technology": technology.name, "category": query.category, "text": query.description}
            yield Section(query.results or [], iac_finding, dict[str, Any], asset, known, place=f"iacScanResults.{query.query}")
    for package in (report.sca_scan_results and report.sca_scan_results.packages) or ():
        found = objects(package, "vulnerabilities") or objects(package, "packageVulnerabilities")
        name, version = text(package, "packageName", "name"), text(package, "packageVersion", "version")
        yield Section(found, partial(_sca_finding, name, version), None, asset, place=f"scaScanResults.{name}")


def _about(query: Query, known: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What is said of a query; the texts of vulnerabilities have gaps for the names of methods."""
    weakness = known.get(str(query.cwe or ""), {})
    return {
        "cwe": str(query.cwe or ""),
        "description": query.description or "",
        "risk": text(weakness, "risk"),
        "cause": text(weakness, "cause"),
        "remedy": text(weakness, "generalRecommendations"),
        "link": query.link or "",
    }


def sast_finding(record: Record, query: dict[str, Any]) -> Finding | Dismissed:
    about = query["about"]
    if not query["query"]:
        raise RecordError("it belongs to no query")
    source = _file_line(text(record, "sourceFileName"), text(record, "sourceLine"))
    sink = _file_line(text(record, "destinationFileName"), text(record, "destinationLine"))
    nodes = objects(record, "nodes")
    similarity = text(record, "similarityId")
    finding = Finding(
        name=query["query"],
        severity=rating(text(record, "severity"), scale=_LEVELS),
        location=joined(
            sink,
            f"(from {source})" if source and source != sink else "",
            f"[{similarity}]" if similarity else "",
            separator=" ",
        ),
        description=joined(_filled(about["description"], record), about["cause"], about["risk"]),
        remedy="\n".join(lines(about["remedy"])),
        cwes=cwes([about["cwe"]]),
        published_date_time=date(text(record, "firstFoundDate", "foundDate")),
        details=details(
            query_path=query["path"],
            similarity_id=similarity,
            status=text(record, "status"),
            state=text(record, "state"),
            flow=[_step(node, "method", "node") for node in nodes[:_SHOWN_STEPS]],
            notes=texts(record, "notes"),
            references=[each for each in (text(record, "resultViewerLink"), about["link"]) if each],
            evidence=excerpt(first(text(record, "destinationCode"), *(text(node, "code") for node in reversed(nodes)))),
        ),
    )
    return _judged(finding, record)


_GAPS = {
    "@SourceMethod": "sourceMethod",
    "@DestinationMethod": "destinationMethod",
    "@SourceLine": "sourceLine",
    "@DestinationLine": "destinationLine",
    "@SourceFile": "sourceFileName",
    "@DestinationFile": "destinationFileName",
    "@SourceElement": "sourceNode",
    "@DestinationElement": "destinationNode",
}


def _filled(template: str, record: Record) -> str:
    for gap, name in _GAPS.items():
        template = template.replace(gap, text(record, name))
    return template


def iac_finding(record: Record, query: dict[str, Any]) -> Finding | Dismissed:
    if not query["query"]:
        raise RecordError("it belongs to no query")
    expected, actual = text(record, "expectedValue"), text(record, "actualValue")
    finding = Finding(
        name=query["query"],
        severity=rating(text(record, "severity"), scale=_LEVELS),
        location=joined(
            _file_line(text(record, "fileName"), text(record, "line")),
            f"({excerpt(actual, 120)})" if actual else "",
            separator=" ",
        ),
        description=query["text"] or "",
        remedy=f"Expected: {expected}" if expected else "",
        published_date_time=date(text(record, "firstDetectionDate")),
        details=details(
            technology=query["technology"],
            category=query["category"],
            status=text(record, "status"),
            state=text(record, "state"),
            issue_type=text(record, "issueType"),
            expected=expected,
            actual=actual,
            references=texts(record, "resultViewerLink"),
        ),
    )
    return _judged(finding, record)


def _sca_finding(package: str, version: str, record: Record, _: None) -> Finding | Dismissed:
    id_ = text(record, "cveName", "cve", "id", "vulnerabilityId")
    if not id_:
        raise RecordError("it has no id")
    finding = Finding(
        name=id_,
        severity=rating(text(record, "severity"), number(record, "score", "cvssScore"), scale=_LEVELS),
        location=f"{package}@{version}" if version else package,
        description=text(record, "description"),
        remedy=upgrade(package, version, texts(record, "fixResolutionText") or texts(record, "recommendedVersion")),
        reference_ids=advisory_ids(id_),
        cwes=cwes([text(record, "cwe", "cweId")]),
        published_date_time=date(text(record, "publicationDate", "firstFoundDate")),
        packages=[Package(package, version)] if package else [],
        details=details(status=text(record, "status"), state=text(record, "state"), score=number(record, "score", "cvssScore")),
    )
    return _judged(finding, record)


def _step(node: Record, *names: str) -> str:
    place = _file_line(text(node, "fileName"), text(node, "line"))
    return joined(
        f"{place}:{text(node, 'column')}" if text(node, "column") else place, text(node, *names) if names else "", separator=" "
    )


def _file_line(path: str, line: str) -> str:
    """Paths begin at the root of the repository."""
    return ":".join(filter(None, (below_checkout(path.lstrip("/")), line)))


def _judged(finding: Finding, record: Record) -> Finding | Dismissed:
    state, status = text(record, "state"), text(record, "status")
    if reason := dismissal(state):
        return Dismissed(finding, reason, state)
    return Dismissed(finding, Dismissal.FIXED, status) if status.casefold() == "fixed" else finding


FORMAT = Format(
    slug="checkmarx_one",
    scanner="Checkmarx One",
    asset_type=AssetType.REPOSITORY,
    variants=(
        JsonVariant(
            JsonSignature(keys={"results[].similarityId", "results[].data", "results[].status", "results[].state"}),
            Results,
            result_sections,
        ),
        JsonVariant(
            JsonSignature(keys={"results[].resultHash", "results[].queryName", "results[].nodes"}), Results, result_sections
        ),
        JsonVariant(JsonSignature(keys={"results", "totalCount", "scanID"}), Results, result_sections),
        JsonVariant(
            JsonSignature(
                keys={"reportHeader", "scanResults"},
                any_of=({"iacScanResults", "scaScanResults"}, {"vulnerabilityDetails", "reportCreationDate", "reportType"}),
            ),
            Report,
            report_sections,
        ),
    ),
    names=("Checkmarx One Scan",),
    aliases=("cxone", "checkmarx_ast"),
    produce="cx results show --scan-id <id> --report-format json; Scan > Report > JSON",
    sources=(
        "https://github.com/Checkmarx/ast-cli/blob/main/internal/wrappers/results-json.go",
        "https://docs.checkmarx.com/en/34965-182434-checkmarx-one-reporting.html",
        "https://github.com/DefectDojo/django-DefectDojo/tree/master/unittests/scans/checkmarx_one",
    ),
)
