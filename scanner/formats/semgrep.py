"""Semgrep JSON (``semgrep scan|ci --json``), from its first versions as sgrep to the current ones, with Supply Chain matches.

Source: the interface definition ``semgrep_output_v1`` of Semgrep's own repository.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner import assets
from scanner.families.checkouts import below_checkout, below_folder
from scanner.families.scanned import failed, quoted
from scanner.families.secrets import evidence
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Package
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import HIGH, INFO, LOW, MEDIUM, first_rated, rating, severity
from scanner.normalize.text import first
from scanner.shapes.json import JsonSignature, JsonVariant

_SCALE = {"error": HIGH, "warning": MEDIUM, "info": LOW, "inventory": INFO, "experiment": INFO}
"""The older words of rules, beside CRITICAL to LOW. Source: Semgrep's documentation of rule severities."""


class Position(msgspec.Struct, gc=False):
    line: int | None = None
    col: int | None = None


class Metadata(msgspec.Struct, gc=False):
    """Rule authors write what they like here; what is read may be a text or a list of texts."""

    cwe: Any = None
    owasp: Any = None
    references: Any = None
    confidence: Any = None
    source: Any = None
    shortlink: Any = None
    advisory: Any = msgspec.field(name="sca-vuln-database-identifier", default=None)
    advisory_severity: Any = msgspec.field(name="sca-severity", default=None)
    fix_versions: Any = msgspec.field(name="sca-fix-versions", default=None)


class FoundDependency(msgspec.Struct, gc=False):
    package: str = ""
    version: str | None = None


class DependencyMatch(msgspec.Struct, gc=False):
    found_dependency: FoundDependency | None = None
    lockfile: str | None = None


class ScaInfo(msgspec.Struct, gc=False):
    reachable: bool | None = None
    dependency_match: DependencyMatch | None = None


class Extra(msgspec.Struct, gc=False):
    message: str | None = None
    metadata: Metadata | None = None
    severity: str | None = None
    lines: str | None = None
    fix: str | None = None
    fingerprint: str | None = None
    is_ignored: bool | None = None
    sca_info: ScaInfo | None = None


class Match(msgspec.Struct, gc=False):
    check_id: str
    path: str = ""
    start: Position | None = None
    extra: Extra | None = None


class Paths(msgspec.Struct, gc=False):
    scanned: list[msgspec.Raw] | None = None


class Error(msgspec.Struct, gc=False):
    """Tools that run Semgrep put texts among them."""

    level: str | None = None
    message: str | None = None
    long_msg: str | None = None
    short_msg: str | None = None
    type: Any = None


class Report(msgspec.Struct):
    results: list[msgspec.Raw] | None = None
    errors: list[Any] | None = None
    paths: Paths | None = None


def sections(report: Report) -> Iterator[Section]:
    """The report does not say which repository was scanned: all its findings are on one asset.

    Where its rules are invalid or do not parse (exit codes 7 and 2) Semgrep still writes a report, without results; an error
    about a single file, or a single rule, stands beside the files that were scanned.
    """
    errors = quoted(error for raw in report.errors or () if (error := _error(raw)))
    if errors and not report.results and not (report.paths and report.paths.scanned):
        yield failed(errors, "errors")
        return
    if report.results is None:
        yield failed("the report has no results, not even an empty list", "results")
        return
    yield Section(report.results, finding, Match, asset=assets.code("semgrep", origin="semgrep"), place="results")
    if errors:
        yield failed(errors, "errors")


def _error(raw: object) -> str:
    """What an error of the scan says; empty for a warning."""
    error = msgspec.convert(raw, Error, strict=False) if isinstance(raw, dict) else None
    if error is None or (error.level or "").casefold() != "error":
        return ""
    return first(error.message, error.long_msg, error.short_msg, *_texts(error.type), "an error without a message")


def finding(match: Match, _: None) -> Finding | Dismissed:
    """Put aside by a ``nosemgrep`` comment is what the report lists nevertheless."""
    found = _finding(match)
    is_ignored = match.extra is not None and match.extra.is_ignored
    return Dismissed(found, Dismissal.SUPPRESSED, "nosemgrep") if is_ignored else found


def _finding(match: Match) -> Finding:
    extra = match.extra or Extra()
    metadata = extra.metadata or Metadata()
    package = _package(extra.sca_info, metadata)
    start = match.start or Position()
    where = below_checkout(match.path) + "".join(f":{number}" for number in (start.line, start.col) if number)
    advisories = advisory_ids(*_texts(metadata.advisory))
    return Finding(
        name=below_folder(match.check_id),
        description=(extra.message or "").strip(),
        remedy=_remedy(extra, package),
        severity=first_rated(severity(_text(metadata.advisory_severity)), rating(extra.severity, scale=_SCALE)),
        location=f"{package.name}@{package.version} ({where})" if package else where,
        reference_ids=advisories,
        cwes=cwes(_texts(metadata.cwe)),
        packages=[package] if package else [],
        details=_details(extra, metadata),
    )


def _package(sca: ScaInfo | None, metadata: Metadata) -> Package | None:
    match = sca.dependency_match if sca else None
    if match is None or match.found_dependency is None:
        return None
    found = match.found_dependency
    entries = metadata.fix_versions if isinstance(metadata.fix_versions, list) else []
    fixes = [str(entry[found.package]) for entry in entries if isinstance(entry, dict) and found.package in entry]
    return Package(found.package, found.version or "", fix_versions=fixes)


def _remedy(extra: Extra, package: Package | None) -> str:
    if package and package.fix_versions:
        return f"Upgrade {package.name} to {' or '.join(package.fix_versions)}."
    return f"Replace the matched code with:\n{extra.fix}" if extra.fix else ""


def _details(extra: Extra, metadata: Metadata) -> dict[str, object]:
    return details(
        references=_texts(metadata.references) or _texts(metadata.source) or _texts(metadata.shortlink),
        owasp=_texts(metadata.owasp),
        confidence=_text(metadata.confidence),
        evidence=evidence(_shown(extra.lines), cwes(_texts(metadata.cwe))),
        fingerprint=_shown(extra.fingerprint),
        reachable=extra.sca_info.reachable if extra.sca_info else None,
    )


def _shown(text: str | None) -> str:
    """Code and fingerprints of the registry's rules are shown only to those who are logged in."""
    return "" if text == "requires login" else text or ""


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(entry) for entry in values if isinstance(entry, str | int) and not isinstance(entry, bool)]


def _text(value: Any) -> str:
    return next(iter(_texts(value)), "")


SIGNATURES = (
    JsonSignature(keys={"results", "results[].check_id", "results[].path", "results[].start.line"}, root="object"),
    # paths stand before the results and may fill the head
    JsonSignature(keys={"results", "errors", "paths"}, any_of=({"version", "paths.scanned"},), root="object"),
    # the first versions, when nothing was found; other tools write these two keys among others
    JsonSignature(keys={"results", "errors"}, own={"": {"results", "errors"}}, root="object"),
)

FORMAT = Format(
    slug="semgrep",
    scanner="Semgrep",
    asset_type=AssetType.CODE,
    names=("Semgrep JSON Report",),
    variants=tuple(JsonVariant(signature=signature, envelope=Report, sections=sections) for signature in SIGNATURES),
    produce="semgrep scan --json -o semgrep.json",
    sources=("https://github.com/semgrep/semgrep-interfaces/blob/main/semgrep_output_v1.atd",),
)
