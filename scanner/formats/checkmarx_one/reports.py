"""Improved scan reports: queries with their results, by engine."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from scanner.assets import repository
from scanner.errors import RecordError
from scanner.families.records import Record, number, objects, text, texts
from scanner.families.scanned import failed, scanned
from scanner.families.secrets import evidence
from scanner.format import Section
from scanner.formats.checkmarx_one.places import LEVELS, SHOWN_STEPS, file_line, judged, step
from scanner.model import Dismissed, Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details, excerpt, lines
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import rating
from scanner.normalize.text import first, joined


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
    source = file_line(text(record, "sourceFileName"), text(record, "sourceLine"))
    sink = file_line(text(record, "destinationFileName"), text(record, "destinationLine"))
    nodes = objects(record, "nodes")
    similarity = text(record, "similarityId")
    finding = Finding(
        name=query["query"],
        severity=rating(text(record, "severity"), scale=LEVELS),
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
            flow=[step(node, "method", "node") for node in nodes[:SHOWN_STEPS]],
            notes=texts(record, "notes"),
            references=[each for each in (text(record, "resultViewerLink"), about["link"]) if each],
            evidence=evidence(
                first(text(record, "destinationCode"), *(text(node, "code") for node in reversed(nodes))), cwes([about["cwe"]])
            ),
        ),
    )
    return judged(finding, record)


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
        severity=rating(text(record, "severity"), scale=LEVELS),
        location=joined(
            file_line(text(record, "fileName"), text(record, "line")),
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
    return judged(finding, record)


def _sca_finding(package: str, version: str, record: Record, _: None) -> Finding | Dismissed:
    id_ = text(record, "cveName", "cve", "id", "vulnerabilityId")
    if not id_:
        raise RecordError("it has no id")
    finding = Finding(
        name=id_,
        severity=rating(text(record, "severity"), number(record, "score", "cvssScore"), scale=LEVELS),
        location=f"{package}@{version}" if version else package,
        description=text(record, "description"),
        remedy=upgrade(package, version, texts(record, "fixResolutionText") or texts(record, "recommendedVersion")),
        reference_ids=advisory_ids(id_),
        cwes=cwes([text(record, "cwe", "cweId")]),
        published_date_time=date(text(record, "publicationDate", "firstFoundDate")),
        packages=[Package(package, version)] if package else [],
        details=details(status=text(record, "status"), state=text(record, "state"), score=number(record, "score", "cvssScore")),
    )
    return judged(finding, record)
