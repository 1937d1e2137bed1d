"""``{"asset": …, "findings": [{"title": …, "severity": …, "description": …}, …]}``.

A field that is not of the format is refused with its name, so that a misspelt one does not vanish silently.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.format import Section
from scanner.formats.generic.asset import AssetEntry, named, suggested
from scanner.formats.generic.facts import is_off, level, make, place, put_aside
from scanner.model import Dismissed, Finding, Located
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature, JsonVariant

Texts = str | list[str] | None
Number = float | str | None


class Unused(msgspec.Struct):
    """Fields of the common generic import that say how a tracker goes about the finding: known, and not imported."""

    verified: Any = None
    under_review: Any = None
    mitigated: Any = None
    mitigated_by: Any = None
    thread_id: Any = None
    numerical_severity: Any = None
    last_reviewed: Any = None
    hash_code: Any = None
    static_finding: Any = None
    dynamic_finding: Any = None
    scanner_confidence: Any = None
    nb_occurences: Any = None
    planned_remediation_date: Any = None
    planned_remediation_version: Any = None
    found_by: Any = None
    files: Any = None


class Record(Unused, rename=None, forbid_unknown_fields=True, kw_only=True, gc=False):
    title: str
    severity: Number = None
    active: Any = None
    false_p: Any = None
    duplicate: Any = None
    out_of_scope: Any = None
    risk_accepted: Any = None
    is_mitigated: Any = None
    description: str | None = None
    asset: AssetEntry | None = None
    location: str | None = None
    remedy: str | None = None
    mitigation: str | None = None
    impact: str | None = None
    steps_to_reproduce: str | None = None
    severity_justification: str | None = None
    references: Texts = None
    date: str | None = None
    publish_date: str | None = None
    cve: str | None = None
    vulnerability_ids: list[str] | None = None
    cwe: int | str | None = None
    cwes: list[int | str] | None = None
    cvssv3: str | None = None
    cvssv3_score: Number = None
    cvssv4: str | None = None
    cvssv4_score: Number = None
    epss_score: Number = None
    epss_percentile: Number = None
    component_name: str | None = None
    component_version: str | None = None
    fix_available: bool | str | None = None
    fix_version: str | None = None
    known_exploited: bool | str | None = None
    ransomware_used: bool | str | None = None
    kev_date: str | None = None
    effort_for_fixing: str | None = None
    file_path: str | None = None
    line: int | str | None = None
    sast_source_object: str | None = None
    sast_sink_object: str | None = None
    sast_source_line: int | str | None = None
    sast_source_file_path: str | None = None
    endpoints: list[Any] | None = None
    service: str | None = None
    param: str | None = None
    payload: str | None = None
    unique_id_from_tool: str | None = None
    vuln_id_from_tool: str | None = None
    tags: list[str] | dict[str, str] | None = None
    details: dict[str, Any] | None = None


class Report(msgspec.Struct):
    findings: list[msgspec.Raw]
    asset: AssetEntry | None = None
    name: str | None = None
    type: str | None = None


class Origin(msgspec.Struct, frozen=True):
    """What the report says for all its findings."""

    name: str
    has_asset: bool


def sections(report: Report) -> Iterator[Section]:
    asset = named(report.asset) if report.asset else None
    origin = Origin(first(report.type, report.name), asset is not None)
    yield Section(report.findings, finding, Record, asset=asset, context=origin, place="findings")


def finding(record: Record, origin: Origin) -> Finding | Dismissed | Located:
    endpoints = [_url(endpoint) for endpoint in record.endpoints or ()]
    url = first(*endpoints)
    found, reason = _finding(record, url, endpoints), _put_aside(record)
    made = found if reason is None else Dismissed(found, reason)
    if record.asset is not None:
        return Located(named(record.asset), made)
    if origin.has_asset:
        return made
    file_path = first(record.file_path, record.sast_source_file_path)
    return Located(suggested(url=url, file_path=file_path, service=record.service or "", report=origin.name), made)


def _put_aside(record: Record) -> Dismissal | None:
    """What a tracker has decided."""
    return put_aside(
        (record.false_p, Dismissal.FALSE_POSITIVE),
        (record.duplicate, Dismissal.DUPLICATE),
        (record.risk_accepted, Dismissal.RISK_ACCEPTED),
        (record.is_mitigated, Dismissal.FIXED),
        (record.out_of_scope or is_off(record.active), Dismissal.SUPPRESSED),
    )


def _url(endpoint: Any) -> str:
    """An endpoint is a URL, or an object of its parts."""
    if not isinstance(endpoint, dict):
        return str(endpoint)
    host, port = endpoint.get("host") or "", endpoint.get("port")
    authority = f"{host}:{port}" if port else str(host)
    return f"{endpoint.get('protocol') or 'https'}://{authority}/{str(endpoint.get('path') or '').lstrip('/')}"


def _finding(record: Record, url: str, endpoints: list[str]) -> Finding:
    tags = record.tags or {}
    vectors = [record.cvssv4 or "", record.cvssv3 or ""]
    component, version = record.component_name or "", record.component_version or ""
    return make(
        title=record.title,
        severity=level(_text(record.severity), [_number(record.cvssv4_score), _number(record.cvssv3_score)], vectors),
        description=record.description or "",
        impact=record.impact or "",
        remedy=first(record.remedy, record.mitigation),
        location=place(
            location=record.location or "",
            url=url,
            param=record.param or "",
            file_path=first(record.file_path, record.sast_source_file_path),
            line=first(_text(record.line), _text(record.sast_source_line)),
            component=component,
            version=version,
            own_id=first(record.unique_id_from_tool, record.vuln_id_from_tool),
        ),
        ids=[record.cve or "", *(record.vulnerability_ids or ())],
        weaknesses=[_text(record.cwe), *map(str, record.cwes or ())],
        published=date(record.publish_date),
        component=component,
        version=version,
        fixed=record.fix_version or "",
        tags=tags if isinstance(tags, dict) else dict.fromkeys(tags, "true"),
        facts=(record.details or {})
        | {
            "found": date(record.date),
            "references": record.references,
            "endpoints": endpoints[1:],
            "cvss_vector": first(*vectors),
            "epss_score": record.epss_score,
            "epss_percentile": record.epss_percentile,
            "known_exploited": record.known_exploited,
            "ransomware_used": record.ransomware_used,
            "kev_date": record.kev_date,
            "fix_available": record.fix_available,
            "effort_for_fixing": record.effort_for_fixing,
            "source": record.sast_source_object,
            "sink": record.sast_sink_object,
            "payload": record.payload,
            "steps_to_reproduce": record.steps_to_reproduce,
            "severity_justification": record.severity_justification,
            "id": record.unique_id_from_tool,
            "rule": record.vuln_id_from_tool,
            "service": record.service,
        },
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: Number) -> float | None:
    return float(value) if value not in (None, "") else None


VARIANT = JsonVariant(
    signature=JsonSignature(
        keys={"findings[].title"},
        any_of=({"findings[].severity", "findings[].cvssv3", "findings[].cvssv3_score", "findings[].cvssv4_score"},),
        own={"findings[]": {field.encode_name for field in msgspec.structs.fields(Record)}},
        strange=0.5,
        root="object",
    ),
    envelope=Report,
    sections=sections,
)
