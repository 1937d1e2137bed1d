"""Findings of the REST API, whole pages or lists of them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.assets import repository, web
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, number, objects, text, texts
from scanner.families.scanned import scanned
from scanner.format import Section
from scanner.formats.veracode.judging import ACCEPTED, LEVELS, RESOLUTIONS, STATIC
from scanner.model import Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import cwes
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import joined, plain
from scanner.normalize.urls import origin, path, site


class Findings(msgspec.Struct):
    findings: list[msgspec.Raw] | None = None


class Page(msgspec.Struct):
    embedded: Findings | None = msgspec.field(name="_embedded", default=None)
    findings: list[msgspec.Raw] | None = None


def page_sections(page: Page) -> Iterator[Section]:
    """An application that has nothing has a page without findings."""
    found = page.findings if page.findings is not None else (page.embedded.findings if page.embedded else None)
    yield scanned(repository("veracode", origin="veracode"))
    yield Section(found or [], api_finding, dict[str, Any], place="findings")


def api_finding(record: Record, _: None) -> Located:
    kind = text(record, "scan_type").upper()
    found = _component_finding(record) if kind == "SCA" or text(record, "finding_details.component_filename") else _flaw(record)
    host = text(record, "finding_details.hostname") or site(text(record, "finding_details.url"))
    asset = web(host) if host and kind != STATIC else repository("veracode", origin="veracode")
    return Located(asset, _judged(found, record))


def _flaw(record: Record) -> Finding:
    category = text(record, "finding_details.finding_category.name", "finding_details.cwe.name")
    if not category:
        raise RecordError("it has no category")
    file = below_checkout(text(record, "finding_details.file_path", "finding_details.file_name")).lstrip("/")
    line = text(record, "finding_details.file_line_number")
    url = text(record, "finding_details.url", "finding_details.path")
    where = (
        ":".join(filter(None, (file, line))) if file else joined(_at(url), text(record, "finding_details.vulnerable_parameter"))
    )
    id_ = text(record, "issue_id")
    return Finding(
        name=category,
        severity=rating(text(record, "finding_details.severity"), scale=LEVELS),
        location=joined(" ".join(where.split()), f"[{id_}]" if id_ else "", separator=" "),
        description=plain(text(record, "description")),
        cwes=cwes([text(record, "finding_details.cwe.id")]),
        published_date_time=date(text(record, "finding_status.first_found_date")),
        details=_details(
            record,
            cwe=text(record, "finding_details.cwe.name"),
            module=text(record, "finding_details.module"),
            procedure=text(record, "finding_details.procedure"),
            attack_vector=text(record, "finding_details.attack_vector"),
            exploitability=text(record, "finding_details.exploitability"),
            plugin=text(record, "finding_details.plugin"),
            url=url,
            parameter=text(record, "finding_details.vulnerable_parameter"),
        ),
    )


def _at(url: str) -> str:
    """A URL as it is on the next scan too."""
    return f"{origin(url)}{path(url)}" if origin(url) else url


def _component_finding(record: Record) -> Finding:
    id_ = text(record, "finding_details.cve.name")
    file, version = text(record, "finding_details.component_filename"), text(record, "finding_details.version")
    if not file:
        raise RecordError("it names no component")
    scores = (
        number(record, "finding_details.cve.cvss3.score"),
        cvss_score(text(record, "finding_details.cve.cvss3.vector")),
        number(record, "finding_details.cve.cvss"),
    )
    paths = [text(each, "path") for each in objects(record, "finding_details.component_path")]
    return Finding(
        name=id_ or f"Vulnerability of {file}",
        severity=rating(text(record, "finding_details.severity"), *scores, scale=LEVELS),
        location=f"{file}@{version}" if version else file,
        description=text(record, "description"),
        remedy=upgrade(file, version, []),
        reference_ids=[id_] if id_ else [],
        cwes=cwes([text(record, "finding_details.cwe.id")]),
        published_date_time=date(text(record, "finding_status.first_found_date")),
        packages=[Package(file, version)],
        details=_details(
            record,
            cvss=text(record, "finding_details.cve.cvss3.vector", "finding_details.cve.vector"),
            cvss_score=scores[0] or scores[2],
            language=text(record, "finding_details.language"),
            paths=paths,
            licenses=[text(each, "license_id") for each in objects(record, "finding_details.licenses")],
            references=texts(record, "finding_details.cve.href"),
        ),
    )


def _details(record: Record, **facts: object) -> dict[str, object]:
    return details(
        issue_id=text(record, "issue_id"),
        kind=text(record, "scan_type"),
        status=text(record, "finding_status.status"),
        resolution=text(record, "finding_status.resolution"),
        resolution_status=text(record, "finding_status.resolution_status"),
        violates_policy=text(record, "violates_policy"),
        last_seen=date(text(record, "finding_status.last_seen_date")),
        context=text(record, "context_type"),
        notes=[joined(text(each, "action"), text(each, "comment"), separator=": ") for each in objects(record, "annotations")],
        **facts,
    )


def _judged(finding: Finding, record: Record) -> Finding | Dismissed:
    """Closed is what was fixed or mitigated; a resolution counts once it is approved."""
    resolution = text(record, "finding_status.resolution")
    if text(record, "finding_status.resolution_status").casefold() in ACCEPTED and resolution.casefold() != "unresolved":
        return Dismissed(finding, RESOLUTIONS.get(resolution.casefold(), Dismissal.SUPPRESSED), resolution)
    if reason := dismissal(text(record, "finding_status.status")):
        return Dismissed(finding, reason, resolution)
    return finding
