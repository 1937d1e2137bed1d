"""Crashtest Security's JSON: findings by the scanner that made them, with descriptions that they name.

A fingerprinted product brings the vulnerabilities that are known of its version, each a finding of its own.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.assets import web
from scanner.errors import RecordError
from scanner.families.records import Record, number, objects, text
from scanner.families.scanned import failed, scanned
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Package
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import rating
from scanner.normalize.text import joined, plain
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.text.patterns import compiled

_URL = r"""https?://[^\s"'<>]+"""


class Data(msgspec.Struct):
    findings: dict[str, list[msgspec.Raw] | None] | None = None
    descriptions: list[dict[str, Any]] | None = None


class Report(msgspec.Struct):
    data: Data | None = None


def report_sections(report: Report) -> Iterator[Section]:
    yield from data_sections(report.data or Data())


def data_sections(data: Data) -> Iterator[Section]:
    if data.findings is None:
        yield failed("it has no findings", "findings")
        return
    known = {text(each, "slug"): each for each in data.descriptions or ()}
    asset = web(_host(data) or "crashtest_security")
    yield scanned(asset)
    for service, records in data.findings.items():
        yield Section(records or [], service_findings, dict[str, Any], asset, known, place=f"findings.{service}")


def _host(data: Data) -> str:
    """The first site that a finding names: a scan is of one."""
    for records in (data.findings or {}).values():
        for raw in records or ():
            if found := compiled(_URL).search(bytes(raw).decode("utf-8", "replace").replace("\\/", "/")):
                return site(found[0])
    return ""


def service_findings(record: Record, known: dict[str, Record]) -> Iterator[Finding]:
    slug = text(record, "finding_description_slug", "service_type")
    if not slug:
        raise RecordError("it has no description")
    about, information = known.get(slug, {}), text(record, "information")
    reference = [text(about, name) for name in ("reference_owasp", "reference_resolution") if text(about, name)]
    yield Finding(
        name=text(about, "title") or slug,
        severity=rating(None, number(about, "baseScore")),
        location=excerpt(joined(text(record, "service_type"), information, separator=": "), 500),
        description=joined(information, plain(text(about, "description"))),
        remedy=plain(text(about, "how_to_fix")),
        details=details(
            slug=slug,
            service=text(record, "service_type"),
            score=number(about, "baseScore"),
            product=text(record, "product"),
            version=text(record, "version"),
            references=reference,
        ),
    )
    for each in objects(record, "cve_findings"):
        yield _cve_finding(each)


def _cve_finding(record: Record) -> Finding:
    id_, product, version = (text(record, name) for name in ("cve_id", "product", "version"))
    return Finding(
        name=id_ or f"Vulnerability of {product}",
        severity=rating(None, number(record, "cvss")),
        location=f"{product}@{version}" if version else product,
        description=text(record, "information"),
        remedy=upgrade(product, version, []),
        reference_ids=advisory_ids(id_),
        packages=[Package(product, version)] if product else [],
        details=details(
            cvss=number(record, "cvss"),
            vector=text(record, "vector"),
            complexity=text(record, "complexity"),
            authentication=text(record, "authentication"),
            confidentiality=text(record, "confidentiality"),
            integrity=text(record, "integrity"),
            availability=text(record, "availability"),
        ),
    )


FORMAT = Format(
    slug="crashtest_security",
    scanner="Crashtest Security",
    asset_type=AssetType.WEB,
    variants=(
        JsonVariant(JsonSignature(keys={"data.findings", "data.descriptions"}), Report, report_sections),
        JsonVariant(JsonSignature(keys={"findings", "descriptions"}, root="object"), Data, data_sections),
    ),
    names=("Crashtest Security JSON File",),
    produce="Scan > Report > JSON",
    sources=("https://github.com/DefectDojo/django-DefectDojo/tree/master/unittests/scans/crashtest_security",),
)
