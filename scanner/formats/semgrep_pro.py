"""Findings of the Semgrep AppSec Platform: answers of its API (``/deployments/{slug}/findings``), Code and Supply Chain.

Source: the platform's public API reference.
"""

from collections.abc import Iterator

import msgspec

from scanner import assets
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Dismissed, Finding, Located, Package
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.lists import Texts, texts
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import severity
from scanner.normalize.text import first, joined
from scanner.shapes.json import JsonSignature, JsonVariant

_GONE = frozenset(("fixed", "removed"))
_ACCEPTED = frozenset(("ignored", "provisionally_ignored"))


class Repository(msgspec.Struct, gc=False):
    name: str | None = None
    url: str | None = None


class Place(msgspec.Struct, gc=False):
    file_path: str | None = None
    line: int | None = None
    column: int | None = None


class Rule(msgspec.Struct, gc=False):
    name: str | None = None
    message: str | None = None
    cwe_names: Texts = None
    owasp_names: Texts = None


class Guidance(msgspec.Struct, gc=False):
    summary: str | None = None
    instructions: str | None = None


class Assistant(msgspec.Struct, gc=False):
    guidance: Guidance | None = None


class Dependency(msgspec.Struct, gc=False):
    package: str = ""
    version: str | None = None


class Entry(msgspec.Struct, gc=False):
    rule_name: str | None = None
    rule_message: str | None = None
    rule: Rule | None = None
    repository: Repository | None = None
    location: Place | None = None
    severity: str | None = None
    confidence: str | None = None
    state: str | None = None
    status: str | None = None
    triage_reason: str | None = None
    line_of_code_url: str | None = None
    match_based_id: str | None = None
    assistant: Assistant | None = None
    vulnerability_identifier: str | None = None
    reachability: str | None = None
    found_dependency: Dependency | None = None
    fix_recommendations: list[Dependency] | None = None


class Answer(msgspec.Struct):
    findings: list[msgspec.Raw] | None = None


def sections(answer: Answer) -> Iterator[Section]:
    if answer.findings is None:
        yield failed("the answer has no findings, not even an empty list", "findings")
    else:
        yield Section(answer.findings, located, Entry, place="findings")


def located(entry: Entry, _: None) -> Located:
    repository = entry.repository or Repository()
    found, reason = _finding(entry), _put_aside(entry)
    asset = assets.repository(first(repository.name, repository.url, "semgrep"), origin="semgrep")
    return Located(asset, Dismissed(found, reason, entry.triage_reason or entry.status or "") if reason else found)


def _put_aside(entry: Entry) -> Dismissal | None:
    """Fixed, or its code or rule is gone; or triaged away, for a reason that may say more."""
    if entry.status in _GONE or entry.state in _GONE:
        return Dismissal.FIXED
    return (dismissal(entry.triage_reason) or Dismissal.SUPPRESSED) if entry.status in _ACCEPTED else None


def _finding(entry: Entry) -> Finding:
    rule = entry.rule or Rule()
    guidance = (entry.assistant.guidance if entry.assistant else None) or Guidance()
    package = _package(entry)
    advice = joined(guidance.summary, guidance.instructions)
    return Finding(
        name=first(entry.vulnerability_identifier, entry.rule_name, rule.name, "semgrep finding"),
        description=first(entry.rule_message, rule.message),
        remedy=advice or (upgrade(package.name, package.version, package.fix_versions) if package else ""),
        severity=severity(entry.severity),
        location=_location(entry.location or Place(), package),
        reference_ids=advisory_ids(entry.vulnerability_identifier),
        cwes=cwes(texts(rule.cwe_names)),
        packages=[package] if package else [],
        details=details(
            rule=first(entry.rule_name, rule.name),
            references=[entry.line_of_code_url] if entry.line_of_code_url else [],
            owasp=texts(rule.owasp_names),
            confidence=entry.confidence,
            reachability=entry.reachability,
            status=entry.status,
            triage=entry.triage_reason,
            fingerprint=entry.match_based_id,
        ),
    )


def _location(place: Place, package: Package | None) -> str:
    position = "".join(f":{number}" for number in (place.line, place.column) if number)
    where = f"{place.file_path or ''}{position}"
    return f"{package.name}@{package.version} ({where})" if package else where


def _package(entry: Entry) -> Package | None:
    found = entry.found_dependency
    if found is None or not found.package:
        return None
    fixes = [fix.version for fix in entry.fix_recommendations or () if fix.package == found.package and fix.version]
    return Package(found.package, found.version or "", fix_versions=fixes)


FORMAT = Format(
    slug="semgrep_pro",
    scanner="Semgrep AppSec Platform",
    asset_type=AssetType.REPOSITORY,
    names=("Semgrep Pro JSON Report",),
    variants=(
        JsonVariant(
            signature=JsonSignature(keys={"findings", "findings[].rule_name", "findings[].match_based_id"}, root="object"),
            envelope=Answer,
            sections=sections,
        ),
        JsonVariant(
            signature=JsonSignature(
                keys={"findings", "findings[].vulnerability_identifier", "findings[].found_dependency"}, root="object"
            ),
            envelope=Answer,
            sections=sections,
        ),
    ),
    produce="Semgrep AppSec Platform: GET https://semgrep.dev/api/v1/deployments/…/findings",
    sources=("https://semgrep.dev/api/v1/docs/",),
)
