"""SPDX 3.0 as JSON-LD: a graph of elements, with vulnerabilities and what its security profile says of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scanner.families.advisories import located_at
from scanner.families.records import Record, number, objects, rest, text, texts, told
from scanner.format import Section
from scanner.formats.spdx.packages import subject_asset
from scanner.model import Asset, Dismissed, Finding, Package, Software
from scanner.normalize.dates import date
from scanner.normalize.dismissal import Dismissal
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.packages import parse_purl, upgrade
from scanner.normalize.severity import cvss_score, rating
from scanner.normalize.text import first, joined

_PUT_ASIDE = {"VexNotAffected": Dismissal.NOT_AFFECTED, "VexFixed": Dismissal.FIXED}
_AFFECTING = frozenset(("affects", "hasAssociatedVulnerability"))
_ASSESSMENT = "VulnAssessmentRelationship"
_ADVISORIES = frozenset(("securityAdvisory", "securityFix", "securityOther", "vulnerabilityDisclosureReport"))

Pair = tuple[str, str]
"""A vulnerability and what it is in."""


class Document(msgspec.Struct):
    graph: list[dict[str, Any]] = msgspec.field(name="@graph")


def sections(document: Document) -> Iterator[Section]:
    elements = {first(text(each, "spdxId"), text(each, "@id")): each for each in document.graph}
    asset = _asset(elements)
    yield Section(list(_findings(elements)), _as_it_is, asset=asset, place="@graph")


def _as_it_is(finding: Finding | Dismissed, _: None) -> Finding | Dismissed:
    return finding


def _kind(element: Record) -> str:
    """``security_Vulnerability`` → ``Vulnerability``."""
    return text(element, "type", "@type").rpartition("_")[2].rpartition("/")[2]


def _said(element: Record, *names: str) -> str:
    """A property, by its name with or without the prefix of its profile."""
    return text(element, *(f"{profile}{name}" for name in names for profile in ("security_", "software_", "")))


def _asset(elements: Mapping[str, Record]) -> Asset:
    roots = [
        root
        for each in elements.values()
        if _kind(each) in ("Sbom", "Bom", "SpdxDocument")
        for root in texts(each, "rootElement")
    ]
    known = [elements[root] for root in roots if root in elements]
    root: Record = next((each for each in known if _kind(each) == "Package"), {})
    document = next((text(each, "name") for each in elements.values() if _kind(each) == "SpdxDocument"), "")
    asset = subject_asset(
        first(_said(root, "name"), document), _said(root, "packageVersion"), _said(root, "primaryPurpose"), {}
    )
    packages = [_package(each) for each in elements.values() if _kind(each) == "Package" and each is not root]
    software = dict.fromkeys(Software("", each.name, each.version, each.cpe) for each in packages if each.name)
    return msgspec.structs.replace(asset, software=list(software))


def _package(element: Record) -> Package:
    purl = parse_purl(_said(element, "packageUrl")) or ("", "")
    identifiers = objects(element, "externalIdentifier")
    cpe = next((text(each, "identifier") for each in identifiers if text(each, "externalIdentifierType").startswith("cpe")), "")
    return Package(first(text(element, "name"), purl[0]), first(_said(element, "packageVersion"), purl[1]), cpe)


def _findings(elements: Mapping[str, Record]) -> Iterator[Finding | Dismissed]:
    """One for each vulnerability in each thing that it is said to be in."""
    assessed: dict[Pair, list[Record]] = defaultdict(list)
    for each in elements.values():
        source, targets, kind = text(each, "from"), texts(each, "to"), text(each, "relationshipType")
        if _kind(each).endswith(_ASSESSMENT):
            for target in texts(each, "security_assessedElement") or targets:
                assessed[source, target].append(each)
        elif kind in _AFFECTING:
            for target in targets:
                pair = (source, target) if _kind(elements.get(source, {})) == "Vulnerability" else (target, source)
                assessed[pair].append(each)
    stated = {id_ for id_, _ in assessed}
    for id_, each in elements.items():
        if _kind(each) == "Vulnerability" and id_ not in stated:
            assessed[id_, ""] = []
    for (vulnerability, target), said in assessed.items():
        yield _finding(elements.get(vulnerability, {}), vulnerability, elements.get(target), said)


def _finding(vulnerability: Record, id_: str, target: Record | None, said: list[Record]) -> Finding | Dismissed:
    package = _package(target) if target is not None else None
    identifiers = [text(each, "identifier") for each in objects(vulnerability, "externalIdentifier")]
    references = [url for each in objects(vulnerability, "externalRef") for url in texts(each, "locator")]
    ids = advisory_ids(*identifiers, text(vulnerability, "name"), id_)
    scored = sorted((each for each in said if "Cvss" in _kind(each)), key=_kind, reverse=True)
    scores = [
        score for each in scored for score in (number(each, "security_score", "score"), cvss_score(_said(each, "vectorString")))
    ]
    word = next((level for each in scored if (level := _said(each, "severity"))), None)
    finding = Finding(
        name=first(*ids, *identifiers, text(vulnerability, "name"), id_),
        description=joined(text(vulnerability, "summary"), text(vulnerability, "description")),
        remedy=joined(*(_said(each, "actionStatement") for each in said))
        or (upgrade(package.name, package.version, []) if package else ""),
        severity=rating(word, *scores),
        location=located_at(package) if package else "",
        reference_ids=ids,
        cwes=cwes(identifiers),
        published_date_time=date(_said(vulnerability, "publishedTime")),
        packages=[package] if package and package.name else [],
        details=told(
            *(
                rest(
                    each,
                    *("spdxId", "@id", "type", "@type", "creationInfo", "from", "to"),
                    under=_kind(each).removesuffix(_ASSESSMENT),
                )
                for each in said
            ),
            references=[
                *references,
                *(url for each in objects(vulnerability, "externalIdentifier") for url in texts(each, "identifierLocator")),
            ],
            vectors=[vector for each in scored if (vector := _said(each, "vectorString"))],
        ),
    )
    for each in said:
        if (reason := _PUT_ASIDE.get(_kind(each).removesuffix(_ASSESSMENT))) is not None:
            note = joined(_said(each, "justificationType"), _said(each, "impactStatement", "statusNotes"), separator=": ")
            return Dismissed(finding, reason, note)
    return finding
