"""``Vulnerabilities`` of a Trivy result."""

import msgspec

from scanner.model import Dismissed, Finding, Package
from scanner.normalize import passing
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade, versions
from scanner.normalize.remembering import answered
from scanner.normalize.severity import UNRATED, by_score, cvss_score, first_rated, is_rated, severity


class Cvss(msgspec.Struct, gc=False):
    v2: str | None = msgspec.field(name="V2Vector", default=None)
    v3: str | None = msgspec.field(name="V3Vector", default=None)
    v4: str | None = msgspec.field(name="V40Vector", default=None)
    score2: float | None = msgspec.field(name="V2Score", default=None)
    score3: float | None = msgspec.field(name="V3Score", default=None)
    score4: float | None = msgspec.field(name="V40Score", default=None)


class DataSource(msgspec.Struct, gc=False):
    id: str | None = msgspec.field(name="ID", default=None)


class Identifier(msgspec.Struct, gc=False):
    purl: str | None = msgspec.field(name="PURL", default=None)


class Vulnerability(msgspec.Struct, rename="pascal", gc=False):
    id: str | None = msgspec.field(name="VulnerabilityID", default=None)
    vendor_ids: list[str] | None = msgspec.field(name="VendorIDs", default=None)
    pkg_name: str | None = None
    pkg_path: str | None = None
    pkg_identifier: Identifier | None = None
    installed_version: str | None = None
    fixed_version: str | None = None
    status: str | None = None
    severity: str | None = None
    severity_source: str | None = None
    data_source: DataSource | None = None
    primary_url: str | None = msgspec.field(name="PrimaryURL", default=None)
    title: str | None = None
    description: msgspec.Raw = passing.ABSENT
    cwe_ids: list[str] | None = msgspec.field(name="CweIDs", default=None)
    cvss: msgspec.Raw = msgspec.field(name="CVSS", default=passing.ABSENT)
    references: msgspec.Raw = passing.ABSENT
    published_date: str | None = None


class Details(msgspec.Struct, omit_defaults=True, gc=False):
    title: str | None = None
    status: str | None = None
    url: str | None = None
    references: msgspec.Raw = passing.ABSENT
    cvss: str | None = None
    purl: str | None = None


Where = tuple[str, str]
"""The lock file or binary that names the package, empty for packages of the system; and where the image runs."""


def vulnerability_finding(record: Vulnerability, where: Where) -> Finding | Dismissed:
    """Open whatever the vendor does about it, but for what a VEX document or the vendor says is not affected."""
    finding = vulnerability(record, where)
    if record.status == "not_affected":
        return Dismissed(finding, Dismissal.NOT_AFFECTED)
    return finding


def vulnerability(record: Vulnerability, where: Where) -> Finding:
    id_, name, installed = record.id, record.pkg_name or "", record.installed_version or ""
    fixed = versions(record.fixed_version)
    identifier, cvss = record.pkg_identifier, record.cvss
    rated = severity(record.severity)
    return Finding(
        name=id_ or record.title or f"Vulnerability in {name}",
        severity=rated if is_rated(rated) else _by_cvss(record),
        description=passing.text(record.description) or (record.title or "").strip(),
        remedy=upgrade(name, installed, fixed),
        location=_location(name, installed, record.pkg_path, where),
        reference_ids=reference_ids((id_, *record.vendor_ids) if record.vendor_ids else (id_,)),
        cwes=cwes(record.cwe_ids) if record.cwe_ids else [],
        published_date_time=date(record.published_date),
        packages=[Package(name, installed, "", fixed)] if name else [],
        details=Details(
            record.title or None,
            record.status or None,
            record.primary_url or None,
            passing.listed(record.references),
            None if cvss is passing.ABSENT else _vector(bytes(cvss)),
            identifier.purl if identifier is not None else None,
        ),
    )


def _location(name: str, installed: str, pkg_path: str | None, where: Where) -> str:
    """The package, its own file or else the target, which for packages with a file of their own says only their language."""
    path, within = pkg_path or where[0], where[1]
    package = f"{name}@{installed}" if installed else name
    text = f"{package} in {path}" if package and path else package or path
    return f"{text} in {within}" if text and within else text or within


_scores: msgspec.json.Decoder[dict[str, Cvss | None] | None] = msgspec.json.Decoder(dict[str, Cvss | None] | None)


@answered
def _vector(encoded: bytes) -> str | None:
    """One vector of the newest version, the NVD's where it has one."""
    scores: dict[str, Cvss | None] = _scores.decode(encoded) or {}
    given = [score for score in (scores.get("nvd"), *scores.values()) if score]
    for vectors in ([score.v4 for score in given], [score.v3 for score in given], [score.v2 for score in given]):
        for vector in vectors:
            if vector:
                return vector
    return None


def _by_cvss(record: Vulnerability) -> float:
    """The newest version of the source that Trivy rates by, else of the advisory's own, of the NVD, of any."""
    scores = {} if record.cvss is passing.ABSENT else _scores.decode(record.cvss) or {}
    sources = (record.severity_source, record.data_source.id if record.data_source else None, "nvd", *scores)
    return first_rated(*(_newest(scores[source]) for source in sources if source in scores), UNRATED)


def _newest(cvss: Cvss | None) -> float:
    if cvss is None:
        return UNRATED
    versions = ((cvss.score4, cvss.v4), (cvss.score3, cvss.v3), (cvss.score2, cvss.v2))
    return first_rated(*(by_score(score or cvss_score(vector)) for score, vector in versions))
