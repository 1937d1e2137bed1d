"""GitLab's security reports (``gl-*-report.json``), schemas 2 to 15 and the lists before them, of whatever analyser wrote them.

SAST and IaC, secret detection, dependency and container scanning, DAST, API and coverage fuzzing.
Source: the schemas and release notes of GitLab's security-report-schemas.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.checkouts import below_checkout
from scanner.families.images import image_asset
from scanner.families.records import Record, at, objects, rest, text, texts, told
from scanner.families.scanned import failed, quoted
from scanner.families.secrets import evidence as evidence_of
from scanner.families.secrets import hidden_in, masked
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Finding, Located, Package
from scanner.normalize.dates import date
from scanner.normalize.details import excerpt
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import first, joined
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature, JsonVariant

_NO_SOLUTION = ("no solution provided", "further info can be found none")
_READ = (
    *("id", "name", "message", "description", "severity", "solution", "location", "identifiers", "links", "cvss_vectors"),
    *("raw_source_code_extract", "scanner", "evidence", "cve"),
)
_FIRST = ("tool", "priority", "file", "line", "url")
_OF_DEPENDENCIES = ("bundler_audit", "gemnasium", "retire.js", "retire", "gemnasium-maven", "gemnasium-python")
_OF_SECRETS = "secret_detection"
_SECRET_FIELD = re.compile(r"(?i)secret|token|key|password|credential|match|value|extract|raw|code")


class Report(msgspec.Struct):
    vulnerabilities: list[msgspec.Raw] | None = None
    scan: Any = None
    remediations: Any = None


class Around(msgspec.Struct, frozen=True):
    """What a report says of all its vulnerabilities."""

    kind: str
    """``sast``, ``dependency_scanning``, …; old reports say it in each vulnerability."""
    tool: str
    fixes: Mapping[str, str]
    """What to do, by the id of a vulnerability."""
    host: str


def sections(report: Report) -> Iterator[Section]:
    said = [
        text(message, "value") for message in objects(report.scan, "messages") if text(message, "level") in ("error", "fatal")
    ]
    if text(report.scan, "status") == "failure" or report.vulnerabilities is None:
        yield failed(first(quoted(said), "the scan has not succeeded"), "scan")
        if not report.vulnerabilities:
            return
    around = Around(
        kind=text(report.scan, "type"),
        tool=first(text(report.scan, "scanner.name"), text(report.scan, "analyzer.name"), text(report.scan, "scanner.id")),
        fixes=_fixes(report.remediations),
        host=site(next((text(each, "url") for each in objects(report.scan, "scanned_resources")), "")),
    )
    yield Section(report.vulnerabilities, located, dict, context=around, place="vulnerabilities")


def first_sections(report: list[msgspec.Raw]) -> Iterator[Section]:
    """Of GitLab 10 and 11: a bare list. What stands around vulnerabilities later stands in each of them, under other names."""
    yield Section(report, first_located, dict, context=Around("", "", {}, ""))


def first_located(record: Record, around: Around) -> Located:
    tool = text(record, "tool")
    filled = {
        "category": "dependency_scanning" if tool in _OF_DEPENDENCIES else "sast",
        "severity": text(record, "priority"),
        "scanner": {"name": tool},
        "location": {"file": text(record, "file"), "start_line": text(record, "line")},
        "identifiers": [{"type": "cve", "name": id_, "value": id_} for id_ in advisory_ids(text(record, "cve"))],
        "links": [{"url": text(record, "url")}],
    }
    said = {name: value for name, value in record.items() if name not in _FIRST and value}
    return located({**filled, **said}, around)


def _fixes(remediations: object) -> dict[str, str]:
    return {
        text(fix, "id", "cve"): first(text(each, "summary"), "Apply the change that the report brings.")
        for each in objects({"all": remediations}, "all")
        for fix in objects(each, "fixes")
    }


def located(record: Record, around: Around) -> Located:
    kind = first(text(record, "category"), around.kind)
    extract = text(record, "raw_source_code_extract")
    if kind == _OF_SECRETS:
        record = hidden_in(record, [extract, *_shown_secrets(record)])
    identifiers = objects(record, "identifiers")
    named = [text(each, "name") for each in identifiers]
    name = first(text(record, "name"), text(record, "message"), *named)
    if not name:
        raise RecordError("it has neither a name nor identifiers")
    place: Record = at(record, "location") or {}
    package = _package(place)
    fix = first(around.fixes.get(text(record, "id")), around.fixes.get(text(record, "cve")))
    solution = text(record, "solution")
    if solution.casefold() in _NO_SOLUTION:
        solution = ""
    description = text(record, "description")
    weaknesses = cwes([text(each, "value") for each in identifiers if text(each, "type").casefold() == "cwe"] + named)
    finding = Finding(
        name=name,
        description=joined(*((text(record, "message"),) if text(record, "message") != name else ()), description),
        remedy=joined(solution, fix) or (upgrade(package.name, package.version, []) if package else ""),
        severity=rating(
            text(record, "severity"), *(cvss_score(text(each, "vector")) for each in objects(record, "cvss_vectors"))
        ),
        location=_location(place, package),
        reference_ids=advisory_ids(*(text(each, "value") for each in identifiers), *named),
        cwes=weaknesses,
        published_date_time="",
        packages=[package] if package else [],
        details=told(
            rest(record, *_READ, "category", "discovered_at"),
            rest(place, "file", "hostname", "path", "image", under="location"),
            kind=kind,
            scanner=first(text(record, "scanner.name"), text(record, "scanner.id"), around.tool),
            identifiers=[f"{text(each, 'type')}: {first(text(each, 'name'), text(each, 'value'))}" for each in identifiers],
            references=_links(record, identifiers),
            vectors=[vector for each in objects(record, "cvss_vectors") if (vector := text(each, "vector"))],
            discovered=date(text(record, "discovered_at")),
            secret=masked(extract) if kind == _OF_SECRETS else "",
            evidence=_evidence(record, weaknesses, kind),
        ),
    )
    return Located(_asset(record, place, kind, around, package), finding)


def _package(place: Record) -> Package | None:
    name = text(place, "dependency.package.name")
    return Package(name, text(place, "dependency.version")) if name else None


def _links(record: Record, identifiers: list[Record]) -> list[str]:
    urls = [text(each, "url") for each in (*identifiers, *objects(record, "links"))]
    return list(dict.fromkeys(url for url in (*urls, *texts(record, "links")) if url.startswith("http")))


def _shown_secrets(record: Record) -> list[str]:
    """What the named fields of a secret quote of it: code, and what is called so."""
    fields = at(record, "details")
    told = fields.items() if isinstance(fields, Mapping) else ()
    return [text(each, "value") for name, each in told if text(each, "type") == "code" or _SECRET_FIELD.search(name)]


def _evidence(record: Record, weaknesses: list[str], kind: str) -> str:
    """The code, but for that of secrets; of a request what was answered."""
    extract = "" if kind == _OF_SECRETS else evidence_of(text(record, "raw_source_code_extract"), weaknesses)
    evidence = at(record, "evidence")
    request = " ".join(filter(None, (text(evidence, "request.method"), text(evidence, "request.url"))))
    answer = " ".join(filter(None, (text(evidence, "response.status_code"), text(evidence, "response.reason_phrase"))))
    body = text(evidence, "response.body")
    return excerpt(joined(extract, text(evidence, "summary"), request, answer, body, separator="\n"))


def _location(place: Record, package: Package | None) -> str:
    file, line = below_checkout(text(place, "file", "blob_path")), text(place, "start_line")
    if package:
        where = f"{package.name}@{package.version}" if package.version else package.name
        return f"{where} in {file}" if file else where
    if file:
        at_line = f"{file}:{line}" if line else file
        commit = text(place, "commit.sha")
        return f"{at_line} ({commit[:12]})" if commit.strip("0") else at_line
    request = " ".join(filter(None, (text(place, "method"), text(place, "path", "url"), text(place, "param"))))
    return first(request, text(place, "crash_state"), text(place, "crash_type"), text(place, "image"), text(place, "hostname"))


def _asset(record: Record, place: Record, kind: str, around: Around, package: Package | None) -> Asset:
    """By where it was found; a repository is not named in its own pipeline's report, so its tool stands for it."""
    if image := text(place, "image", "default_branch_image"):
        return image_asset(image)
    if host := first(site(text(place, "hostname")), around.host if kind in ("dast", "api_fuzzing") else ""):
        return assets.web(host)
    tool = first(text(record, "scanner.name"), around.tool, "gitlab")
    if package and (file := text(place, "file")):
        return assets.build(below_checkout(file), origin="gitlab")
    return assets.repository(tool, origin="gitlab")


FORMAT = Format(
    slug="gitlab",
    scanner="GitLab",
    asset_type=AssetType.REPOSITORY,
    names=(
        *("GitLab SAST Report", "GitLab Secret Detection Report", "GitLab Dependency Scanning Report", "GitLab Container Scan"),
        *("GitLab DAST Report", "GitLab API Fuzzing Report Scan", "GitLab Coverage Fuzzing Report", "GitLab IaC Report"),
    ),
    aliases=(
        *("gitlab_sast", "gitlab_secret_detection_report", "gitlab_secret_detection", "gitlab_dep_scan", "gitlab_iac"),
        *("gitlab_dependency_scanning", "gitlab_container_scan", "gitlab_container_scanning", "gitlab_dast"),
        *("gitlab_api_fuzzing", "gitlab_coverage_fuzzing"),
    ),
    is_exchanged=True,
    produce="artifacts of a pipeline with GitLab's security templates: gl-*-report.json",
    sources=(
        "https://gitlab.com/gitlab-org/security-products/security-report-schemas",
        "https://gitlab.com/gitlab-org/security-products/analyzers/common",
    ),
    variants=(
        JsonVariant(
            JsonSignature(
                keys={"[].tool", "[].message"},
                any_of=({"[].cve", "[].solution"}, {"[].priority", "[].file", "[].location.file"}),
                root="array",
            ),
            list[msgspec.Raw],
            first_sections,
        ),
        JsonVariant(
            JsonSignature(
                keys={"vulnerabilities", "version"}, any_of=({"remediations", "scan", "dependency_files"},), root="object"
            ),
            Report,
            sections,
        ),
        JsonVariant(JsonSignature(keys={"vulnerabilities", "scan.type", "scan.scanner"}, root="object"), Report, sections),
        JsonVariant(
            JsonSignature(
                keys={"vulnerabilities[].identifiers[].type", "vulnerabilities[].location", "vulnerabilities[].severity"},
                any_of=({"vulnerabilities[].cve", "vulnerabilities[].category", "vulnerabilities[].scanner.id"},),
                root="object",
            ),
            Report,
            sections,
        ),
    ),
)
