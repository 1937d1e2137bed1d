"""Checkmarx OSA: the vulnerabilities and the libraries of a scan, as two lists in one (how the API answers two questions)."""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import dismissal
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import rating
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature, JsonVariant


class Named(msgspec.Struct, gc=False):
    name: str | None = None


class Library(msgspec.Struct, rename="camel", gc=False):
    id: str | None = None
    name: str | None = None
    version: str | None = None
    newest_version: str | None = None


class Vulnerability(msgspec.Struct, rename="camel", gc=False):
    library_id: str
    id: str | None = None
    cve_name: str | None = None
    score: float | None = None
    severity: Named | None = None
    publish_date: str | None = None
    url: str | None = None
    description: str | None = None
    recommendations: str | None = None
    source_file_name: str | None = None
    state: Named | None = None


def sections(report: list[list[msgspec.Raw]]) -> Iterator[Section]:
    """One list alone is that of a scan which found nothing."""
    libraries = [msgspec.json.decode(raw, type=Library, strict=False) for raw in (report[1] if len(report) > 1 else ())]
    by_id = {library.id: (library.name or "", library.version or "", library.newest_version or "") for library in libraries}
    yield Section(report[0] if report else (), finding, Vulnerability, assets.build("checkmarx_osa"), by_id, place="[0]")


def finding(record: Vulnerability, libraries: dict[str, tuple[str, str, str]]) -> Finding | Dismissed:
    if record.library_id not in libraries:
        raise RecordError(f"the report has no library {record.library_id}")
    name, version, newest = libraries[record.library_id]
    advice = record.recommendations or ""
    fixed = [advice.removeprefix("Upgrade to ").strip()] if advice.startswith("Upgrade to ") else []
    found = Finding(
        name=first(record.cve_name, record.id),
        severity=rating(record.severity.name if record.severity else None, record.score),
        description=first(record.description),
        remedy=upgrade(name, version, fixed) if fixed or not advice else advice,
        location=f"{name}@{version}" if version else name,
        reference_ids=reference_ids((record.cve_name,)),
        published_date_time=date(record.publish_date),
        packages=[Package(name, version, fix_versions=fixed)] if name else [],
        details=details(
            score=record.score,
            state=record.state.name if record.state else None,
            newest_version=newest,
            file=record.source_file_name,
            references=[record.url] if record.url else None,
        ),
    )
    state = (record.state.name if record.state else "") or ""
    reason = dismissal(state)
    return Dismissed(found, reason, state) if reason else found


FORMAT = Format(
    slug="checkmarx_osa",
    scanner="Checkmarx OSA",
    asset_type=AssetType.BUILD,
    names=("Checkmarx OSA",),
    produce="GET /cxrestapi/osa/vulnerabilitiesand /cxrestapi/osa/libraries, as [vulnerabilities, libraries]",
    sources=("https://docs.checkmarx.com/en/34965-8136-checkmarx-sast-osa-rest-api.html",),
    variants=(
        JsonVariant(
            JsonSignature(keys={"[][].libraryId", "[][].cveName", "[][].severity.name"}, root="array"),
            list[list[msgspec.Raw]],
            sections,
        ),
        JsonVariant(JsonSignature(keys={"[][].cveName", "[][].score"}, root="array"), list[list[msgspec.Raw]], sections),
    ),
)
