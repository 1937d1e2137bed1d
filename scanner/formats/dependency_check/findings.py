"""Findings of a dependency, whatever the report's shape."""

from collections.abc import Iterator

from scanner import assets
from scanner.families.checkouts import below_checkout
from scanner.formats.dependency_check.model import Dependency, Identifier, Vulnerability
from scanner.model import Asset, Dismissed, Finding, Package
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import parse_purl, upgrade
from scanner.normalize.severity import rating

_REFERENCES = 20
_TITLE_CHARACTERS = 100
_RETIRE = "retire"
"""Retire.js' own report in this format calls every vulnerability by its package."""


def project_asset(name: str | None) -> Asset:
    return assets.repository((name or "").strip() or "dependency_check", origin="dependency-check")


def dependency_findings(dependency: Dependency) -> Iterator[Finding | Dismissed]:
    """One per vulnerability; suppressed ones, which the report lists too, are put aside."""
    package = _package(dependency)
    location = _location(dependency)
    for vulnerability in dependency.vulnerabilities or ():
        yield _finding(vulnerability, package, location)
    for vulnerability in dependency.suppressed_vulnerabilities or ():
        finding = _finding(vulnerability, package, location)
        yield Dismissed(finding, Dismissal.SUPPRESSED, (vulnerability.notes or "").strip())


def _finding(vulnerability: Vulnerability, package: Package, location: str) -> Finding:
    name = _name(vulnerability)
    fixed = _fixed(vulnerability)
    return Finding(
        name=name or f"Vulnerability in {package.name}",
        severity=_severity(vulnerability),
        description=(vulnerability.description or "").strip(),
        remedy=upgrade(package.name, package.version, fixed),
        location=location,
        reference_ids=advisory_ids(name),
        cwes=cwes((*(vulnerability.cwes or ()), vulnerability.cwe)),
        packages=[Package(package.name, package.version, package.cpe, fixed)],
        details=_details(vulnerability),
    )


def _name(vulnerability: Vulnerability) -> str:
    """An id; where it is that of the package, with what tells its vulnerabilities apart."""
    name = (vulnerability.name or "").strip()
    if (vulnerability.source or "").casefold() != _RETIRE or advisory_ids(name):
        return name
    title = (vulnerability.description or "").strip().partition("\n")[0][:_TITLE_CHARACTERS]
    url = next((reference.url for reference in vulnerability.references or () if reference.url), "")
    return ": ".join(filter(None, (name, title or url)))


def _severity(vulnerability: Vulnerability) -> float:
    words = (
        vulnerability.severity,
        vulnerability.cvssv4.base_severity if vulnerability.cvssv4 else None,
        vulnerability.cvssv3.base_severity if vulnerability.cvssv3 else None,
        vulnerability.cvssv2.severity if vulnerability.cvssv2 else None,
    )
    word = next((word for word in words if word), None)
    return rating(word, _score(vulnerability))


def _score(vulnerability: Vulnerability) -> float | None:
    scores = (
        vulnerability.cvssv4.base_score if vulnerability.cvssv4 else None,
        vulnerability.cvssv3.base_score if vulnerability.cvssv3 else None,
        vulnerability.cvssv2.score if vulnerability.cvssv2 else None,
        vulnerability.cvss_score,
    )
    return next((score for score in scores if score is not None), None)


def _fixed(vulnerability: Vulnerability) -> list[str]:
    affected = [entry.software for entry in vulnerability.vulnerable_software or () if entry.software]
    ends = [software.version_end_excluding for software in affected if software.vulnerability_id_matched]
    return [end for end in ends if end]


def _package(dependency: Dependency) -> Package:
    identifiers = [*(dependency.packages or ()), *(dependency.identifiers or ())]
    cpe = next(filter(None, map(_cpe, (*(dependency.vulnerability_ids or ()), *identifiers))), "")
    for identifier in identifiers:
        parsed = parse_purl(identifier.id or "") or _coordinates(identifier.name or "")
        if parsed:
            return Package(*parsed, cpe)
    return Package(dependency.file_name or dependency.file_path or "unknown", cpe=cpe)


def _cpe(identifier: Identifier) -> str:
    return next((text for text in (identifier.id, identifier.name) if text and text.startswith("cpe:")), "")


def _coordinates(text: str) -> tuple[str, str] | None:
    """Maven's ``group:artifact:version``, as old reports name packages."""
    parts = text.split(":")
    return (f"{parts[0]}:{parts[1]}", parts[2]) if len(parts) == 3 and not text.startswith("cpe:") else None


def _location(dependency: Dependency) -> str:
    """The path; the name too where it says more: a jar within a jar, an entry of a lock file."""
    name, path = dependency.file_name or "", below_checkout(dependency.file_path or "")
    return path if path.endswith(name) else " in ".join(filter(None, (name, path)))


def _details(vulnerability: Vulnerability) -> dict[str, object]:
    facts = {
        "source": vulnerability.source,
        "score": _score(vulnerability),
        "notes": (vulnerability.notes or "").strip(),
        "references": [reference.url for reference in vulnerability.references or () if reference.url][:_REFERENCES],
    }
    return {key: value for key, value in facts.items() if value}
