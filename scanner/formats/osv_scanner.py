"""OSV-Scanner (``--format json``), versions 1 and 2: sources with packages, each with OSV's records of its vulnerabilities.

Records that are about the same vulnerability are in one group, which has the highest CVSS of all and, for some languages, says
whether the code calls what is vulnerable. It also names licences that are not allowed.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.families.checkouts import below_checkout
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Dismissed, Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import MEDIUM, cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_LINKS = 20
_NEWEST_FIRST = ("CVSS_V4", "CVSS_V3", "CVSS_V2")


class Group(msgspec.Struct, gc=False):
    ids: list[str] | None = None
    max_severity: str | float | None = None
    analysis: dict[str, dict[str, bool]] | None = msgspec.field(name="experimentalAnalysis", default=None)
    analysis_v2: dict[str, dict[str, bool]] | None = msgspec.field(name="experimental_analysis", default=None)


class PackageName(msgspec.Struct, gc=False):
    name: str | None = None
    version: str | None = None
    ecosystem: str | None = None
    commit: str | None = None


class Packaged(msgspec.Struct):
    package: PackageName | None = None
    vulnerabilities: list[msgspec.Raw] | None = None
    groups: list[Group] | None = None
    dependency_groups: list[str] | None = None
    licenses: list[str] | None = None
    license_violations: list[str] | None = None


class Source(msgspec.Struct):
    path: str | None = None
    type: str | None = None


class Result(msgspec.Struct):
    source: Source | None = None
    packages: list[Packaged] | None = None


class Report(msgspec.Struct):
    results: list[Result] | None = None
    image_metadata: dict[str, Any] | None = None


class Scored(msgspec.Struct, gc=False):
    type: str | None = None
    score: str | None = None


class Event(msgspec.Struct, gc=False):
    fixed: str | None = None


class Range(msgspec.Struct, gc=False):
    events: list[Event] | None = None


class Affected(msgspec.Struct, gc=False):
    package: PackageName | None = None
    ranges: list[Range] | None = None
    severity: list[Scored] | None = None
    ecosystem_specific: dict[str, Any] | None = None
    database_specific: dict[str, Any] | None = None


class Reference(msgspec.Struct, gc=False):
    url: str | None = None


class Vulnerability(msgspec.Struct, gc=False):
    id: str
    aliases: list[str] | None = None
    upstream: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    severity: list[Scored] | None = None
    affected: list[Affected] | None = None
    references: list[Reference] | None = None
    database_specific: dict[str, Any] | None = None


class Context(msgspec.Struct):
    """What is known of a package beside its vulnerabilities."""

    source: str
    name: str
    version: str
    ecosystem: str
    scopes: list[str]
    scores: dict[str, str | float | None]
    """Id → the highest CVSS of its group."""
    put_aside: dict[str, str]
    """Id → why it is not open."""


def sections(report: Report) -> Iterator[Section]:
    if report.results is None:
        yield failed("the report has no results, not even an empty list", "results")
        return
    for number, result in enumerate(report.results):
        if result.packages is None:
            yield failed("it has no packages", f"results[{number}]")
            continue
        asset = _asset(result.source or Source(), is_image=report.image_metadata is not None)
        for index, packaged in enumerate(result.packages or ()):
            place = f"results[{number}].packages[{index}]"
            context = _context(result.source or Source(), packaged)
            yield Section(
                packaged.vulnerabilities or (), finding, Vulnerability, asset, context, place=f"{place}.vulnerabilities"
            )
            yield Section(packaged.license_violations or (), licence, None, asset, context, place=f"{place}.license_violations")


def _asset(source: Source, *, is_image: bool) -> Asset:
    path = below_checkout(source.path or "")
    if is_image:
        return assets.container(path.partition(":/")[0] or "osv_scanner", origin="osv-scanner")
    return assets.build(path.rstrip("/") or "osv_scanner", origin="osv-scanner")


def _context(source: Source, packaged: Packaged) -> Context:
    package = packaged.package or PackageName()
    scores: dict[str, str | float | None] = {}
    aside: dict[str, str] = {}
    for group in packaged.groups or ():
        scores |= dict.fromkeys(group.ids or (), group.max_severity)
        for id_, said in {**(group.analysis or {}), **(group.analysis_v2 or {})}.items():
            if said.get("called") is False:
                aside[id_] = "the code does not call it"
            elif said.get("unimportant"):
                aside[id_] = "its distribution calls it unimportant"
    return Context(
        below_checkout(source.path or ""),
        package.name or "",
        package.version or (package.commit or "")[:12],
        package.ecosystem or "",
        packaged.dependency_groups or [],
        scores,
        aside,
    )


def finding(record: Vulnerability, package: Context) -> Finding | Dismissed:
    fixed = _fixed(record, package)
    specific = record.database_specific or {}
    vectors = _vectors(record)
    score = package.scores.get(record.id)
    found = Finding(
        name=record.id,
        severity=rating(_word(record), *map(cvss_score, vectors), _number(score)),
        description=joined(record.summary, record.details),
        remedy=upgrade(package.name, package.version, fixed),
        location="@".join(filter(None, (package.name, package.version))) or package.source,
        reference_ids=reference_ids((record.id, *(record.aliases or ()), *(record.upstream or ()))),
        cwes=cwes([*_texts(specific.get("cwe_ids")), *_weaknesses(record)]),
        published_date_time=date(record.published),
        packages=[Package(package.name, package.version, fix_versions=fixed)] if package.name else [],
        details=details(
            title=record.summary,
            source=package.source,
            ecosystem=package.ecosystem,
            scopes=package.scopes,
            cvss=vectors,
            highest_cvss_of_group=score,
            withdrawn=record.withdrawn,
            references=[each.url for each in record.references or () if each.url][:_LINKS],
        ),
    )
    if record.withdrawn:
        return Dismissed(found, Dismissal.REJECTED, f"withdrawn on {record.withdrawn}")
    note = package.put_aside.get(record.id)
    return Dismissed(found, Dismissal.NOT_AFFECTED, note) if note else found


def licence(name: str, package: Context) -> Finding:
    return Finding(
        name=f"Licence not allowed: {name}",
        severity=MEDIUM,
        description=f"{package.name} {package.version} has the licence {name}, which is not on the list of allowed ones.",
        remedy=f"Replace {package.name}, or allow the licence.",
        location="@".join(filter(None, (package.name, package.version))) or package.source,
        packages=[Package(package.name, package.version)] if package.name else [],
        details=details(source=package.source, ecosystem=package.ecosystem),
    )


def _word(record: Vulnerability) -> str:
    """The database's word: GitHub's for the whole, those of distributions for a package."""
    places = [record.database_specific, *(each.ecosystem_specific for each in record.affected or ())]
    words = (place.get(key) for place in places if place for key in ("severity", "urgency"))
    return first(*(word for word in words if isinstance(word, str)))


def _vectors(record: Vulnerability) -> list[str]:
    scored = [*(record.severity or ()), *(each for affected in record.affected or () for each in affected.severity or ())]
    known = [each for each in scored if each.type in _NEWEST_FIRST and each.score]
    vectors = (each.score for each in sorted(known, key=lambda each: _NEWEST_FIRST.index(each.type or "")))
    return list(dict.fromkeys(filter(None, vectors)))


def _number(score: str | float | None) -> float | None:
    try:
        return float(score) if score not in (None, "") else None
    except ValueError:
        return None


def _fixed(record: Vulnerability, package: Context) -> list[str]:
    events = (
        event.fixed
        for affected in record.affected or ()
        if (affected.package or PackageName()).name in (package.name, None)
        for each in affected.ranges or ()
        for event in each.events or ()
    )
    return list(dict.fromkeys(filter(None, events)))


def _weaknesses(record: Vulnerability) -> Iterator[str]:
    """Where malicious packages have theirs."""
    for affected in record.affected or ():
        for weakness in (affected.database_specific or {}).get("cwes") or ():
            if isinstance(weakness, dict) and isinstance(weakness.get("cweId"), str):
                yield weakness["cweId"]


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


FORMAT = Format(
    slug="osv_scanner",
    scanner="OSV-Scanner",
    asset_type=AssetType.BUILD,
    names=("OSV Scan", "OSV Scanner"),
    produce="osv-scanner scan source --format json --output-file report.json -r .",
    sources=(
        "https://google.github.io/osv-scanner/output/",
        "https://github.com/google/osv-scanner/blob/main/pkg/models/results.go",
        "https://ossf.github.io/osv-schema/",
    ),
    variants=(
        JsonVariant(JsonSignature(keys={"results", "experimental_config"}, root="object"), Report, sections, empty=True),
        JsonVariant(
            JsonSignature(keys={"results[].packages", "results[].source.path", "results[].source.type"}, root="object"),
            Report,
            sections,
        ),
    ),
)
