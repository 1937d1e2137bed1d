"""CycloneDX in XML, read into the objects of its JSON."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from scanner.families.cyclonedx.findings import findings
from scanner.families.cyclonedx.inventory import document_asset, inventory
from scanner.families.cyclonedx.model import (
    Advisory,
    Affected,
    AffectedVersion,
    Analysis,
    Component,
    Property,
    Rating,
    Reference,
    Source,
    Vulnerability,
)
from scanner.model import Located


def document_findings(bom: etree._Element, _: Any) -> Iterator[Located]:
    """All findings of a document. References point anywhere in it, so that it is one record and held in memory whole."""
    subject = next((_component(found) for found in _all(_one(bom, "metadata"), "component")), None)
    components = [_component(found) for found in _all(_one(bom, "components"), "component")]
    parts = inventory([*([subject] if subject else []), *components])
    asset = document_asset(subject, components)
    yield Located(asset)
    for element in bom.iter("{*}vulnerability"):
        for finding in findings(_vulnerability(element), parts):
            yield Located(asset, finding)


def _component(element: etree._Element) -> Component:
    return Component(
        type=element.get("type"),
        name=_text(element, "name"),
        group=_text(element, "group"),
        version=_text(element, "version"),
        purl=_text(element, "purl"),
        cpe=_text(element, "cpe"),
        bom_ref=_reference(element),
        properties=[Property(entry.get("name"), entry.text) for entry in _all(_one(element, "properties"), "property")],
        components=[_component(inner) for inner in _all(_one(element, "components"), "component")],
    )


def _reference(component: etree._Element) -> str:
    """Its ``bom-ref``, which the first versions did not have: then its place in the document will do."""
    return component.get("bom-ref") or component.getroottree().getpath(component)


def _vulnerability(element: etree._Element) -> Vulnerability:
    analysis = _one(element, "analysis")
    owner = next(element.iterancestors("{*}component"), None)
    advisories = _all(_one(element, "advisories"), "advisory")
    return Vulnerability(
        id=_text(element, "id"),
        ref=element.get("ref") if owner is None else _reference(owner),
        source=_source(_one(element, "source")),
        references=[Reference(_text(entry, "id")) for entry in _all(_one(element, "references"), "reference")],
        ratings=[_rating(entry) for entry in _all(_one(element, "ratings"), "rating")],
        cwes=[entry.text or "" for entry in _all(_one(element, "cwes"), "cwe")],
        description=_text(element, "description"),
        detail=_text(element, "detail"),
        recommendation=_text(element, "recommendation"),
        recommendations=[entry.text or "" for entry in _all(_one(element, "recommendations"), "recommendation")],
        workaround=_text(element, "workaround"),
        advisories=[Advisory(_text(entry, "url") or (entry.text or "").strip()) for entry in advisories],
        published=_text(element, "published"),
        rejected=_text(element, "rejected"),
        analysis=Analysis(_text(analysis, "state"), _text(analysis, "justification"), _text(analysis, "detail")),
        affects=[_affected(entry) for entry in _all(_one(element, "affects"), "target")],
    )


def _rating(element: etree._Element) -> Rating:
    return Rating(
        source=_source(_one(element, "source")),
        score=_text(_one(element, "score"), "base") or _text(element, "score"),
        severity=_text(element, "severity"),
        vector=_text(element, "vector"),
        method=_text(element, "method"),
    )


def _affected(target: etree._Element) -> Affected:
    versions = _all(_one(target, "versions"), "version")
    return Affected(
        _text(target, "ref"),
        [AffectedVersion(_text(entry, "version"), _text(entry, "range"), _text(entry, "status")) for entry in versions],
    )


def _source(element: etree._Element | None) -> Source | None:
    if element is None:
        return None
    return Source(element.get("name") or _text(element, "name"), _text(element, "url"))


def _one(parent: etree._Element | None, name: str) -> etree._Element | None:
    return None if parent is None else parent.find(f"{{*}}{name}")


def _all(parent: etree._Element | None, name: str) -> list[etree._Element]:
    return [] if parent is None else parent.findall(f"{{*}}{name}")


def _text(parent: etree._Element | None, name: str) -> str | None:
    found = _one(parent, name)
    return (found.text or "").strip() or None if found is not None else None
