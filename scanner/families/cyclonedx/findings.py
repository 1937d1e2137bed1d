"""Vulnerabilities as findings, one per affected component."""

import re
from collections.abc import Iterator, Sequence

from scanner.errors import RecordError
from scanner.families.cyclonedx.inventory import Inventory, Part, document_asset, inventory, local_reference
from scanner.families.cyclonedx.model import Affected, AffectedVersion, Analysis, Bom, Vulnerability
from scanner.families.cyclonedx.ratings import rating
from scanner.format import Section
from scanner.model import Dismissed, Finding, Package, Tag
from scanner.normalize.dates import date
from scanner.normalize.details import details
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.identifiers import cwes, reference_ids
from scanner.normalize.packages import upgrade
from scanner.normalize.text import first, joined

_NUMBER = re.compile(r"\d{1,9}")


def sections(bom: Bom) -> Iterator[Section]:
    components = bom.components or []
    subject = bom.metadata.component if bom.metadata else None
    parts = inventory([*([subject] if subject else []), *components], bom.dependencies or ())
    asset = document_asset(subject, components, bom.dependencies or ())
    yield Section(bom.vulnerabilities or (), findings, Vulnerability, asset=asset, context=parts, place="vulnerabilities")


def findings(vulnerability: Vulnerability, parts: Inventory) -> Iterator[Finding | Dismissed]:
    """One per component that it affects; a document that names none still says that it is there.

    `RecordError` for one that says neither what it is called nor what it is.
    """
    if not first(vulnerability.id, vulnerability.description, vulnerability.detail, vulnerability.ref):
        raise RecordError("a vulnerability without id or description")
    affected = vulnerability.affects or [Affected(ref=vulnerability.ref)]
    for target in affected:
        part = parts.find(target.ref)
        finding = _finding(vulnerability, target, part)
        reason, note = _put_aside(vulnerability, target.versions or (), part.version if part else "")
        yield finding if reason is None else Dismissed(finding, reason, note)


def _finding(vulnerability: Vulnerability, target: Affected, part: Part | None) -> Finding:
    known_as = [vulnerability.id, *(reference.id for reference in vulnerability.references or ())]
    fixes = _fixes(target.versions or (), part.version if part else "")
    advice = joined(_recommendation(vulnerability, part), *(vulnerability.recommendations or ()), vulnerability.workaround)
    state = (vulnerability.analysis or Analysis()).state
    return Finding(
        name=first(*known_as, "unnamed vulnerability"),
        description=joined(vulnerability.description, vulnerability.detail),
        remedy=advice or (upgrade(part.name, part.version, fixes) if part else ""),
        severity=rating(vulnerability),
        location=str(part) if part else local_reference(target.ref or ""),
        reference_ids=reference_ids(known_as),
        cwes=cwes(vulnerability.cwes or ()),
        published_date_time=date(vulnerability.published),
        packages=[Package(part.name, part.version, part.cpe, fixes)] if part else [],
        details=_details(vulnerability, target),
        tags=[Tag(state, "vex")] if state else [],
    )


def _recommendation(vulnerability: Vulnerability, part: Part | None) -> str | None:
    """For this component: Trivy writes one sentence for each that is affected."""
    written = vulnerability.recommendation
    if not written or part is None or "; Upgrade " not in written:
        return written
    own = [sentence for sentence in written.split("; ") if sentence.startswith(f"Upgrade {part.name} to ")]
    return own[0] if own else written


def _put_aside(
    vulnerability: Vulnerability, versions: Sequence[AffectedVersion], installed: str
) -> tuple[Dismissal | None, str]:
    """By the advisory itself, by what the vendor states (VEX), or by the version of the component."""
    if vulnerability.rejected:
        return Dismissal.REJECTED, f"withdrawn on {vulnerability.rejected}"
    analysis = vulnerability.analysis or Analysis()
    if (reason := dismissal(analysis.state)) is not None:
        return reason, joined(analysis.justification, analysis.detail, separator=": ")
    if _is_unaffected(versions, installed):
        return Dismissal.NOT_AFFECTED, f"version {installed} is unaffected" if installed else "unaffected"
    return None, ""


def _fixes(versions: Sequence[AffectedVersion], installed: str) -> list[str]:
    """Unaffected versions that come after the installed one: earlier ones do not have the weakness yet."""
    written = [entry.version for entry in versions if entry.status == "unaffected" and entry.version]
    return [version for version in written if _numbers(version) > _numbers(installed)]


def _numbers(version: str) -> list[int]:
    return list(map(int, _NUMBER.findall(version)))


def _is_unaffected(versions: Sequence[AffectedVersion], installed: str) -> bool:
    """Unaffected versions beside the component's own are those that fix it."""
    if any(entry.version and entry.version == installed for entry in versions):
        return all(entry.status == "unaffected" for entry in versions if entry.version == installed)
    says_one = bool(versions) and all(entry.status == "unaffected" for entry in versions)
    return says_one and (not installed or not any(entry.version for entry in versions))


def _details(vulnerability: Vulnerability, target: Affected) -> dict[str, object]:
    advisories = [entry if isinstance(entry, str) else entry.url for entry in vulnerability.advisories or ()]
    analysis = vulnerability.analysis or Analysis()
    return details(
        source=vulnerability.source.name if vulnerability.source else "",
        references=[url for url in (vulnerability.source.url if vulnerability.source else "", *advisories) if url],
        vectors=list(dict.fromkeys(rating.vector for rating in vulnerability.ratings or () if rating.vector)),
        affectedRanges=[entry.range for entry in target.versions or () if entry.range],
        analysis=joined(analysis.state, analysis.justification, analysis.detail, separator=": "),
    )
