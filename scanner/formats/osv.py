"""Advisories in the Open Source Vulnerability format, 1.x: one, a list, lines, or the answer of its API (``vulns``)."""

from collections.abc import Iterator

import msgspec

from scanner.errors import RecordError
from scanner.families.advisories import located_at, package_of, product_asset
from scanner.families.records import Record, objects, rest, text, texts, told
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.lines import JsonLinesVariant

_READ = (
    "id",
    "aliases",
    "summary",
    "details",
    "affected",
    "severity",
    "references",
    "published",
    "modified",
    "schema_version",
    "related",
)
_SHOWN_VERSIONS = 30


class Answer(msgspec.Struct):
    vulns: list[msgspec.Raw]


def sections(answer: Answer) -> Iterator[Section]:
    yield Section(answer.vulns, findings, dict, place="vulns")


def findings(record: Record, _: None) -> list[Located]:
    """One per package that the advisory is about."""
    if not text(record, "id"):
        raise RecordError("it has no id")
    return [_located(record, affected) for affected in objects(record, "affected") or [{}]]


def _located(record: Record, affected: Record) -> Located:
    purl = text(affected, "package.purl")
    name = first(text(affected, "package.name"), package_of(purl).name if purl else "")
    ranges = objects(affected, "ranges")
    fixed = [version for each in ranges for event in objects(each, "events") if (version := text(event, "fixed"))]
    installed = package_of(purl).version if purl else ""
    ratings = [*objects(affected, "severity"), *objects(record, "severity")]
    newest = sorted(ratings, key=lambda each: text(each, "type"), reverse=True)
    id_ = text(record, "id")
    finding = Finding(
        name=id_,
        description=joined(text(record, "summary"), text(record, "details")),
        remedy=upgrade(name, installed, fixed) if name else "",
        severity=rating(
            text(record, "database_specific.severity") or text(affected, "ecosystem_specific.severity"),
            *(cvss_score(text(each, "score")) for each in newest),
        ),
        location=located_at(Package(name, installed)),
        reference_ids=reference_ids([id_, *texts(record, "aliases")]),
        cwes=cwes([*texts(record, "database_specific.cwe_ids"), *texts(affected, "database_specific.cwe_ids")]),
        published_date_time=date(text(record, "published")),
        packages=[Package(name, installed, fix_versions=fixed)] if name else [],
        details=told(
            rest(record, *_READ),
            rest(affected, "package", "ranges", "versions", "severity", under="affected"),
            ecosystem=text(affected, "package.ecosystem"),
            introduced=[
                version for each in ranges for event in objects(each, "events") if (version := text(event, "introduced"))
            ],
            affected_versions=texts(affected, "versions")[:_SHOWN_VERSIONS],
            vectors=[vector for each in newest if (vector := text(each, "score"))],
            related=texts(record, "related"),
            references=[url for each in objects(record, "references") if (url := text(each, "url"))],
        ),
    )
    withdrawn = text(record, "withdrawn")
    asset = product_asset(first(name, "osv"))
    return Located(asset, Dismissed(finding, Dismissal.REJECTED, f"withdrawn on {withdrawn}") if withdrawn else finding)


FORMAT = Format(
    slug="osv",
    scanner="OSV",
    asset_type=AssetType.BUILD,
    names=("OSV Advisory",),
    aliases=("osv_advisory", "osv_format"),
    produce="curl https://api.osv.dev/v1/query -d '{…}'",
    sources=("https://ossf.github.io/osv-schema/",),
    variants=(
        JsonVariant(
            JsonSignature(keys={"vulns[].id", "vulns[].modified", "vulns[].affected"}, root="object"), Answer, sections
        ),
        JsonLinesVariant(JsonSignature(keys={"id", "modified", "affected[].package.ecosystem"}, lines=True), dict, findings),
    ),
)
