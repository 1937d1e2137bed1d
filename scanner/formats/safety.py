"""Safety: ``safety check --json`` of version 1 (a list of rows) and of versions 2 and 3 (an object), and of version 3
``safety scan --output json`` (projects with files).

It rates by CVSS, for paying users. What a policy ignores stands apart, or is marked.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, at, number, objects, text, texts
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import cvss_score, rating
from scanner.shapes.json import JsonSignature, JsonVariant

_FILE = "requirements.txt"
"""Where a report does not say which one was read."""


class Report(msgspec.Struct):
    """Versions 2 and 3 of ``check``."""

    vulnerabilities: list[msgspec.Raw] | None = None
    ignored_vulnerabilities: list[msgspec.Raw] | None = None


class Scan(msgspec.Struct):
    """Version 3 of ``scan``: packages with their vulnerabilities stand in files of projects."""

    scan_results: Any = None


def sections(report: Report) -> Iterator[Section]:
    if report.vulnerabilities is None:
        yield failed("it has no vulnerabilities, not even an empty list", "vulnerabilities")
        return
    asset = assets.build(_FILE, origin="safety")
    yield Section(report.vulnerabilities, vulnerable, dict, asset, context=False, place="vulnerabilities")
    ignored = report.ignored_vulnerabilities or []
    yield Section(ignored, vulnerable, dict, asset, context=True, place="ignored_vulnerabilities")


def vulnerable(record: Record, is_ignored: bool) -> Finding | Dismissed:  # the context of its section
    name, number_ = text(record, "package_name"), text(record, "vulnerability_id")
    version = text(record, "analyzed_version", "analyzed_requirement.version", "installed_version")
    ids = reference_ids([text(record, "CVE"), f"SAFETY-{number_}" if number_ else ""])
    if not ids:
        raise RecordError("it names neither a CVE nor an id")
    vectors = list(filter(None, (text(record, f"severity.cvss{which}.vector_string") for which in _CVSS)))
    scores = [number(record, f"severity.cvss{which}.base_score") for which in _CVSS]
    word = next(filter(None, (text(record, f"severity.cvss{which}.base_severity") for which in _CVSS)), "")
    fixed = texts(record, "fixed_versions")
    finding = Finding(
        name=ids[0],
        severity=rating(word, *map(cvss_score, vectors), *scores),
        location="@".join(filter(None, (name, version))),
        description=text(record, "advisory"),
        remedy=upgrade(name, version, fixed) if name else "",
        reference_ids=ids,
        published_date_time=date(text(record, "published_date")),
        packages=[Package(name, version, fix_versions=fixed)] if name else [],
        details=details(
            vulnerable=text(record, "vulnerable_spec"),
            all_vulnerable=texts(record, "all_vulnerable_specs"),
            transitive=at(record, "is_transitive"),
            cvss=vectors,
            references=[*texts(record, "more_info_url"), *texts(record, "resources")],
        ),
    )
    if is_ignored or at(record, "ignored") is True:
        return Dismissed(finding, Dismissal.SUPPRESSED, text(record, "ignored_reason"))
    return finding


def scan_sections(scan: Scan) -> Iterator[Section]:
    projects = at(scan.scan_results, "projects")
    if not isinstance(projects, list):
        yield failed("it has no projects, not even an empty list", "scan_results.projects")
        return
    for file in (file for project in projects for file in objects(project, "files")):
        asset = assets.build(below_checkout(text(file, "location")).removeprefix("./") or _FILE, origin="safety")
        for package in objects(file, "results.dependencies"):
            for requirement in objects(package, "specifications"):
                found = at(requirement, "vulnerabilities.known_vulnerabilities") or []
                yield Section(
                    found, known, None, asset, context=(text(package, "name"), requirement), place="known_vulnerabilities"
                )


def known(record: Record, about: tuple[str, Record]) -> Finding | Dismissed:
    name, requirement = about
    number_, raw = text(record, "id"), text(requirement, "raw")
    if not number_:
        raise RecordError("it has no id")
    version = raw.partition("==")[2].partition(";")[0].strip()
    fixed = texts(requirement, "vulnerabilities.remediation.recommended")
    finding = Finding(
        name=f"SAFETY-{number_}",
        severity=rating(""),
        location=raw or name,
        description=f"{name} has a known vulnerability, which {text(record, 'vulnerable_spec')} has.",
        remedy=upgrade(name, version, fixed) if name else "",
        reference_ids=reference_ids([f"SAFETY-{number_}"]),
        packages=[Package(name, version, fix_versions=fixed)] if name else [],
        details=details(
            vulnerable=text(record, "vulnerable_spec"),
            other_recommended=texts(requirement, "vulnerabilities.remediation.other_recommended"),
            references=texts(requirement, "vulnerabilities.remediation.vulnerabilities_url"),
        ),
    )
    is_ignored = bool(text(record, "ignored.code"))
    return Dismissed(finding, Dismissal.SUPPRESSED, text(record, "ignored.reason")) if is_ignored else finding


def row_sections(rows: list[msgspec.Raw]) -> Iterator[Section]:
    yield Section(rows, row, list, assets.build(_FILE, origin="safety"))


def row(cells: list[Any], _: None) -> Finding:
    """A vulnerability as cells; the last two since version 1.9, and then often null."""
    cells = [*cells, *[None] * len(_COLUMNS)]
    record = dict(zip(_COLUMNS, cells, strict=False))
    name, version, number_ = text(record, "package"), text(record, "version"), text(record, "id")
    if not name or not number_.isdecimal():
        raise RecordError("it has no package, or no number of an advisory")
    ids = reference_ids([*_CVE.findall(text(record, "advisory")), f"SAFETY-{number_}"])
    return Finding(
        name=ids[0] if len(ids) == 2 else f"SAFETY-{number_}",
        severity=rating("", number(record, "cvss3"), number(record, "cvss2")),
        location="@".join(filter(None, (name, version))),
        description=text(record, "advisory"),
        remedy=upgrade(name, version, []),
        reference_ids=ids,
        packages=[Package(name, version)],
        details=details(vulnerable=text(record, "vulnerable")),
    )


_CVSS = ("v3", "v2")
_COLUMNS = ("package", "vulnerable", "version", "advisory", "id", "cvss2", "cvss3")
_CVE = re.compile(r"\bCVE-\d{4}-\d{4,}\b")

FORMAT = Format(
    slug="safety",
    scanner="Safety",
    asset_type=AssetType.BUILD,
    names=("Safety Scan",),
    aliases=("safety_cli", "pyup_safety"),
    produce="safety check --output json (version 2), safety scan --output json (version 3), safety check --json (version 1)",
    sources=(
        "https://github.com/pyupio/safety/blob/main/safety/formatters/json.py",
        "https://github.com/pyupio/safety/blob/main/safety/formatters/schemas/v3_0.py",
        "https://github.com/pyupio/safety-schemas",
        "https://github.com/pyupio/safety/blob/1.10.3/safety/formatter.py",
    ),
    variants=(
        JsonVariant(
            JsonSignature(keys={"report_meta", "vulnerabilities", "ignored_vulnerabilities", "scanned_packages"}),
            Report,
            sections,
        ),
        JsonVariant(JsonSignature(keys={"meta", "scan_results", "scan_results.projects"}), Scan, scan_sections),
        JsonVariant(JsonSignature(keys={"[][]"}, root="array"), list[msgspec.Raw], row_sections),
    ),
)
