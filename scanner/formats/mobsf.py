"""MobSF's JSON report of an app (``/api/v1/report_json``), all versions since 1, and what mobsfscan finds in its sources.

Sections have changed their shapes: lists became objects with findings and a summary. Good practice is no finding.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scanner.assets import code
from scanner.errors import RecordError
from scanner.families.libsast import Rules, errors, sections
from scanner.families.records import Record, at, number, objects, rest, text, texts
from scanner.families.scanned import failed, scanned
from scanner.families.secrets import masked
from scanner.format import Format, Section
from scanner.model import AssetType, Finding
from scanner.normalize.details import details
from scanner.normalize.identifiers import cwes
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, rating
from scanner.normalize.text import first, joined, plain
from scanner.shapes.json import JsonSignature, JsonVariant

_LEVELS = {
    **dict.fromkeys(("critical",), CRITICAL),
    **dict.fromkeys(("high", "dangerous", "bad"), HIGH),
    **dict.fromkeys(("medium", "vulnerability"), MEDIUM),
    **dict.fromkeys(("warning", "hotspot", "low", "insecure"), LOW),
    **dict.fromkeys(("info", "normal", "signature", "signatureorsystem", "unknown", "special"), INFO),
}
_SECTIONS = ("permissions", "manifest_analysis", "code_analysis", "binary_analysis", "findings", "bin_anal")
_GOOD = frozenset(("secure", "good"))
_NAME_CHARACTERS = 250
Checks = Iterator[tuple[str, Record]]
"""A section's name with one of its findings."""


def report_sections(report: dict[str, Any]) -> Iterator[Section]:
    if said := text(report, "error"):
        yield failed(said, "error")
        return
    if not any(isinstance(report.get(section), dict | list) for section in _SECTIONS):
        yield failed("it has no section of an analysis", "")
        return
    name = text(report, "package_name", "packagename", "bundle_id", "app_name", "name", "file_name")
    asset = code(name or "mobsf", origin="mobsf")
    yield scanned(asset)
    for place, check in checks(report):
        yield Section([check], check_finding, None, asset, place, place=place)


def checks(report: Record) -> Checks:
    yield from _permissions(at(report, "permissions"))
    for url in texts(report, "insecure_connections"):
        yield "insecure_connections", {"name": "Insecure connection", "severity": "warning", "description": url, "where": url}
    for entry in _listed(at(report, "certificate_analysis.certificate_findings")):
        yield "certificate_analysis", _certificate(entry)
    for section in ("manifest_analysis", "manifest"):
        value = at(report, section)
        for entry in _listed(at(value, "manifest_findings") if isinstance(value, Mapping) else value):
            yield section, _manifest(entry)
    for entry in _listed(at(report, "network_security.network_findings") or at(report, "network_security")):
        yield "network_security", _network(entry)
    for section in ("code_analysis", "android_api", "ios_api", "swift_analysis"):
        value = at(report, section)
        yield from _rules(section, at(value, "findings") if isinstance(at(value, "findings"), Mapping) else value)
    yield from _binaries(at(report, "binary_analysis"))
    for section in ("dylib_analysis", "framework_analysis", "macho_analysis"):
        value = at(report, section)
        yield from _binaries(value if isinstance(value, list) else [value])
    for entry in _listed(at(report, "ats_analysis.ats_findings") or at(report, "ats_analysis")):
        issue, level = text(entry, "issue"), text(entry, "severity", "status")
        yield "ats_analysis", {"name": issue, "severity": level, "description": text(entry, "description")}
    for entry in _listed(at(report, "file_analysis")):
        name = text(entry, "finding", "issue")
        yield "file_analysis", {"name": name, "severity": "warning", "description": name, "files": _files(entry)}
    if secrets := texts(report, "secrets"):
        found = "The app may contain hard-coded secrets"
        yield (
            "secrets",
            {"name": found, "severity": "warning", "description": found, "files": [masked(each) for each in secrets]},
        )
    found = at(report, "findings")
    for title, entry in found.items() if isinstance(found, Mapping) else ():
        files = texts(entry, "path")
        yield "findings", {"name": title, "severity": text(entry, "level"), "description": title, "files": files}


def _files(entry: Record) -> list[str]:
    return texts(entry, "files") or [text(each, "file_path") for each in objects(entry, "files")]


def _permissions(value: object) -> Checks:
    items = value.items() if isinstance(value, Mapping) else [(text(each, "name"), each) for each in _listed(value)]
    for name, entry in items:
        said = entry if isinstance(entry, Mapping) else {"status": entry}
        about = joined(text(said, "info"), text(said, "description"), text(said, "reason"), separator=". ")
        yield "permissions", {"name": name, "severity": text(said, "status"), "description": about, "where": "permission"}


def _certificate(entry: object) -> Record:
    """``[level, description, title]``, or without a title."""
    if isinstance(entry, list):
        said = [each if isinstance(each, str) else "" for each in entry]
        return {
            "severity": said[0] if said else "",
            "description": said[1] if len(said) > 1 else "",
            "name": said[-1] if said else "",
        }
    return {"name": text(entry, "title"), "severity": text(entry, "severity"), "description": text(entry, "description")}


def _manifest(entry: object) -> Record:
    title = plain(text(entry, "title"))
    return {
        "name": " ".join(first(title, text(entry, "name")).split()),
        "severity": text(entry, "severity", "stat"),
        "description": plain(text(entry, "description", "desc")),
        "where": first(", ".join(texts(entry, "component")), text(entry, "rule")),
    }


def _network(entry: object) -> Record:
    description = text(entry, "description")
    scope = ", ".join(texts(entry, "scope"))
    return {
        "name": description,
        "severity": text(entry, "severity"),
        "description": f"{description} Scope: {scope}",
        "where": scope,
    }


def _rules(section: str, rules: object) -> Checks:
    """Rules by name, with their files and what is known of them; old versions have a list of places under a name."""
    for name, entry in rules.items() if isinstance(rules, Mapping) else ():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("metadata"), Mapping):
            continue
        known, files = entry["metadata"], entry.get("files")
        lines = [f"{file}:{line}" for file, line in files.items()] if isinstance(files, Mapping) else []
        yield (
            section,
            {
                "name": name,
                "severity": text(known, "severity"),
                "description": text(known, "description"),
                "files": lines or texts(entry, "files") or texts(entry, "path"),
                "known": known,
            },
        )


def _binaries(value: object) -> Checks:
    """What is checked of each binary, by what is said of it; of an iOS app checks of its one binary, by name."""
    if isinstance(value, Mapping):
        findings = value.get("findings")
        for name, entry in (findings if isinstance(findings, Mapping) else value).items():
            if isinstance(entry, Mapping) and text(entry, "severity"):
                yield (
                    "binary_analysis",
                    {
                        "name": name,
                        "severity": text(entry, "severity"),
                        "description": text(entry, "detailed_desc", "description"),
                        "known": entry,
                    },
                )
        return
    for binary in objects({"all": value}, "all"):
        for check, entry in binary.items():
            if isinstance(entry, Mapping) and text(entry, "severity"):
                description = text(entry, "description")
                name = f"{check}: {description.partition('.')[0]}" if description else check
                yield (
                    "binary_analysis",
                    {
                        "name": name,
                        "severity": text(entry, "severity"),
                        "description": description,
                        "where": text(binary, "name"),
                    },
                )


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def check_finding(check: Record, section: str) -> Finding | None:
    name, level = text(check, "name"), text(check, "severity").casefold()
    if not name:
        raise RecordError("it has no name")
    if level in _GOOD:
        return None
    known = check.get("known", {})
    return Finding(
        name=name[:_NAME_CHARACTERS],
        severity=rating(level, number(known, "cvss"), scale=_LEVELS),
        location=joined(section, text(check, "where"), separator=": "),
        description=text(check, "description"),
        cwes=cwes([text(known, "cwe")]),
        details=details(section=section, level=level, files=texts(check, "files"), **_named(rest(known, *_ELSEWHERE))),
    )


_ELSEWHERE = ("description", "detailed_desc", "severity", "cwe", "files", "pattern", "input_case", "type", "id")


def _named(facts: dict[str, object]) -> dict[str, Any]:
    return {name.replace("-", "_"): fact for name, fact in facts.items() if name not in ("section", "level")}


class Scan(msgspec.Struct):
    errors: list[Any] | None = None
    results: Rules | None = None


def scan_sections(scan: Scan) -> Iterator[Section]:
    yield scanned(code("mobsfscan", origin="mobsfscan"))
    yield from sections(scan.results or {}, "mobsfscan", "results")
    yield from errors(scan.errors)


FORMAT = Format(
    slug="mobsf",
    scanner="MobSF",
    asset_type=AssetType.CODE,
    variants=(
        JsonVariant(JsonSignature(keys={"mobsfscan_version"}), Scan, scan_sections),
        JsonVariant(
            JsonSignature(
                keys={"file_name", "size", "md5", "sha1", "sha256"},
                any_of=(
                    {"permissions", "binary_analysis", "code_analysis", "findings"},
                    {"app_name", "title", "name", "app_type"},
                ),
            ),
            dict[str, Any],
            report_sections,
        ),
        JsonVariant(
            JsonSignature(
                keys={"name", "size", "md5", "sha1", "sha256"},
                any_of=(
                    {"permissions", "binary_analysis", "code_analysis", "findings", "bin_anal"},
                    {"packagename", "mainactivity", "pltfm"},
                ),
            ),
            dict[str, Any],
            report_sections,
        ),
    ),
    names=("MobSF Scan", "Mobsfscan Scan"),
    aliases=("mobsfscan",),
    produce="curl -X POST --data 'hash=…' http://localhost:8000/api/v1/report_json; mobsfscan --json -o mobsfscan.json .",
    sources=(
        "https://github.com/MobSF/Mobile-Security-Framework-MobSF/tree/master/mobsf/StaticAnalyzer/views",
        "https://github.com/MobSF/mobsfscan",
    ),
)
