"""``vulnerabilities`` of a Snyk project: vulnerable packages and license issues, once per path of dependencies."""

import msgspec

from scanner.model import Dismissed, Finding, Package
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import first, joined

_IDS = ("CVE", "GHSA", "RHSA", "RUSTSEC", "SUSE", "DSA", "USN", "ALAS", "ELSA")
_REFERENCES = 20


class Reference(msgspec.Struct, gc=False):
    url: str | None = None


class Epss(msgspec.Struct, gc=False):
    percentile: str | float | None = None
    probability: str | float | None = None


class Decision(msgspec.Struct, rename="camel", gc=False):
    """Of a policy, on one path of dependencies."""

    reason: str | None = None
    reason_type: str | None = None
    expires: str | None = None


class Decisions(msgspec.Struct, gc=False):
    ignored: list[Decision] | None = None
    patches: list[Decision] | None = None


class Vulnerability(msgspec.Struct, rename="camel", gc=False):
    id: str | None = None
    title: str | None = None
    type: str | None = None
    license: str | None = None
    severity: str | None = None
    severity_with_critical: str | None = None
    """Until ``severity`` itself could be critical."""
    cvss_score: float | None = None
    cvss_v3: str | None = msgspec.field(name="CVSSv3", default=None)
    description: str | None = None
    identifiers: dict[str, list[str | int] | None] | None = None
    package_name: str | None = None
    module_name: str | None = None
    name: str | None = None
    version: str | None = None
    from_: list[str] | None = msgspec.field(name="from", default=None)
    upgrade_path: list[str | bool] | None = None
    fixed_in: list[str] | None = None
    nearest_fixed_in_version: str | None = None
    references: list[Reference] | None = None
    publication_time: str | None = None
    exploit: str | None = None
    epss_details: Epss | None = None
    is_ignored: bool | None = None
    filtered: Decisions | None = None


def vulnerability_finding(record: Vulnerability, file: str) -> Finding | Dismissed:
    """``file`` is the lock file of the project, empty for an image."""
    return ignored_vulnerability(record, file) if record.is_ignored else _finding(record, file)


def ignored_vulnerability(record: Vulnerability, file: str) -> Dismissed:
    """By the reason that the policy gives: "not-vulnerable", "wont-fix", "temporary-ignore"."""
    decisions = (record.filtered.ignored if record.filtered else None) or []
    reason = next((reason for decision in decisions if (reason := dismissal(decision.reason_type))), Dismissal.SUPPRESSED)
    said = [joined(each.reason, f"until {each.expires}" if each.expires else "", separator=", ") for each in decisions]
    return Dismissed(_finding(record, file), reason, joined(*said, separator="; "))


def patched_vulnerability(record: Vulnerability, file: str) -> Dismissed:
    return Dismissed(_finding(record, file), Dismissal.FIXED, "patched")


def _finding(record: Vulnerability, file: str) -> Finding:
    """``file`` is the lock file of the project, empty for an image."""
    ids = record.identifiers or {}
    package = record.name or record.package_name or record.module_name or ""
    version = record.version or ""
    fixed = record.fixed_in or [version for version in (record.nearest_fixed_in_version,) if version]
    is_license = record.type == "license" or record.license is not None
    references = [] if is_license else [str(value) for kind in _IDS for value in ids.get(kind) or ()] + [record.id or ""]
    return Finding(
        name=first(
            record.title if is_license else next(iter(references), ""), record.title, record.id, f"Vulnerability in {package}"
        ),
        severity=_severity(record),
        description=first(record.description, record.title),
        remedy=_license_remedy(record, package) if is_license else _remedy(record, package, fixed),
        location=_location(record, package, file),
        reference_ids=reference_ids(references),
        cwes=cwes(ids.get("CWE") or ()),
        published_date_time=date(record.publication_time),
        packages=[Package(package, version, fix_versions=fixed)] if package else [],
        details=_details(record),
    )


def _severity(record: Vulnerability) -> float:
    word = record.severity_with_critical or record.severity
    return rating(word, record.cvss_score, cvss_score(record.cvss_v3))


def _location(record: Vulnerability, package: str, file: str) -> str:
    """The package, its lock file and the dependencies that bring it; the first of these is the project at its version."""
    path = [step for step in (record.from_ or ())[1:-1] if step]
    parts = (f"{package}@{record.version}" if record.version else package, f"in {file}" if file else "")
    return " ".join(filter(None, (*parts, f"via {' > '.join(path)}" if path else "")))


def _remedy(record: Vulnerability, package: str, fixed: list[str]) -> str:
    direct = next((step for step in record.upgrade_path or () if isinstance(step, str) and step), "")
    advice = f" Upgrade the direct dependency to {direct}." if direct else ""
    return upgrade(package, record.version or "", fixed) + advice


def _license_remedy(record: Vulnerability, package: str) -> str:
    return f"Check that the license {record.license or record.title} is allowed here, or replace {package}."


def _details(record: Vulnerability) -> dict[str, object]:
    epss = record.epss_details
    facts = {
        "id": record.id,
        "title": record.title,
        "cvss": record.cvss_v3,
        "cvss_score": record.cvss_score,
        "exploit": record.exploit,
        "epss": epss.probability if epss else None,
        "epss_percentile": epss.percentile if epss else None,
        "references": [reference.url for reference in record.references or () if reference.url][:_REFERENCES],
    }
    return {key: value for key, value in facts.items() if value}
