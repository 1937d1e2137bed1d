"""The XML report (``--format XML``): ``analysis`` with one ``dependency`` per file."""

from collections.abc import Iterator

from lxml import etree

from scanner.errors import RecordError
from scanner.families.elements import Fields, child, children
from scanner.families.scanned import without_credentials
from scanner.formats.dependency_check.findings import dependency_findings, project_asset
from scanner.formats.dependency_check.model import (
    Cvss,
    CvssV2,
    Dependency,
    Identifier,
    Reference,
    Software,
    Vulnerability,
    VulnerableSoftware,
    score,
)
from scanner.model import Located
from scanner.shapes.xml import Tables

EXCEPTION = "exception"
"""Of ``analysisExceptions``: something was not analysed; without any dependency beside it, nothing was."""


def findings(element: etree._Element, _: Tables) -> Iterator[Located]:
    """The project stands before all dependencies; one without vulnerabilities still says that the project was scanned.

    `RecordError` for an exception of the analysis, which stands before all of them.
    """
    if etree.QName(element).localname == EXCEPTION:
        raise RecordError(without_credentials(Fields(element).one("message")) or "an exception without a message")
    project = Fields(child(element.getroottree().getroot(), "projectInfo"))
    asset = project_asset(project.one("name"))
    yield Located(asset)
    for found in dependency_findings(_dependency(element)):
        yield Located(asset, found)


def _dependency(element: etree._Element) -> Dependency:
    fields = Fields(element)
    identifiers = child(element, "identifiers")
    vulnerabilities = child(element, "vulnerabilities")
    return Dependency(
        file_name=fields.one("fileName"),
        file_path=fields.one("filePath"),
        packages=_identifiers(identifiers, "package"),
        vulnerability_ids=_identifiers(identifiers, "vulnerabilityIds"),
        identifiers=_identifiers(identifiers, "identifier"),
        vulnerabilities=[_vulnerability(each) for each in children(vulnerabilities, "vulnerability")],
        suppressed_vulnerabilities=[_vulnerability(each) for each in children(vulnerabilities, "suppressedVulnerability")],
    )


def _identifiers(parent: etree._Element | None, name: str) -> list[Identifier]:
    """Some versions have a second ``identifiers`` around them."""
    found = [*children(parent, name), *children(child(parent, "identifiers"), name)]
    return [Identifier(fields.one("id"), fields.one("name").strip("()")) for fields in map(Fields, found)]


def _vulnerability(element: etree._Element) -> Vulnerability:
    fields = Fields(element)
    v2, v3, v4 = (Fields(child(element, name)) for name in ("cvssV2", "cvssV3", "cvssV4"))
    return Vulnerability(
        name=fields.one("name"),
        source=element.get("source"),
        severity=fields.one("severity"),
        cvssv2=CvssV2(score(v2.one("score")), v2.one("severity")),
        cvssv3=Cvss(score(v3.one("baseScore")), v3.one("baseSeverity")),
        cvssv4=Cvss(score(v4.one("baseScore")), v4.one("baseSeverity")),
        cvss_score=score(fields.one("cvssScore")),
        cwes=[*Fields(child(element, "cwes")).all("cwe"), *fields.all("cwe")],
        description=fields.one("description"),
        notes=fields.one("notes"),
        references=[Reference(Fields(each).one("url")) for each in children(child(element, "references"), "reference")],
        vulnerable_software=[_software(each) for each in children(child(element, "vulnerableSoftware"), "software")],
    )


def _software(element: etree._Element) -> VulnerableSoftware:
    matched = element.get("vulnerabilityIdMatched") == "true"
    return VulnerableSoftware(Software(element.text, matched, element.get("versionEndExcluding")))
