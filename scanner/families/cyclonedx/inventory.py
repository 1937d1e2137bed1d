"""The components of a document by their references, and the asset that is made of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from scanner import assets
from scanner.families.cyclonedx.model import Component
from scanner.model import Asset, Software
from scanner.normalize.packages import parse_purl
from scanner.normalize.text import first

_PATH_PROPERTIES = ("aquasecurity:trivy:FilePath", "syft:location:0:path", "path", "SrcFile")
"""Where tools say in which file of the scanned system they saw a component."""


@dataclass(frozen=True, slots=True)
class Part:
    """A component as findings need it."""

    name: str
    version: str = ""
    cpe: str = ""
    path: str = ""

    def __str__(self) -> str:
        text = f"{self.name}@{self.version}" if self.version else self.name
        return f"{text} ({self.path})" if self.path else text


@dataclass(frozen=True, slots=True)
class Inventory:
    parts: dict[str, Part]
    """By ``bom-ref`` and by package URL."""

    def find(self, ref: str | None) -> Part | None:
        """The component of a reference, which may be a BOM-Link into this document, or a bare package URL."""
        if not ref:
            return None
        known = self.parts.get(ref) or self.parts.get(local_reference(ref))
        if known is None and (purl := parse_purl(ref)):
            known = Part(*purl)
        return known


def local_reference(ref: str) -> str:
    """What a BOM-Link (``urn:cdx:serial/version#ref``) points to within its document, which is a new one with every build."""
    return unquote(ref.rpartition("#")[2]) if ref.startswith("urn:cdx:") else ref


def inventory(components: Iterable[Component]) -> Inventory:
    parts: dict[str, Part] = {}
    for component in flat(components):
        part = _part(component)
        for ref in (component.bom_ref, component.purl):
            if ref:
                parts.setdefault(ref, part)
    return Inventory(parts)


def flat(components: Iterable[Component]) -> Iterator[Component]:
    """Components and those that they contain, at any depth."""
    for component in components:
        yield component
        yield from flat(component.components or ())


def document_asset(subject: Component | None, components: Iterable[Component]) -> Asset:
    """What the document describes: an image, a system, or else something that was built; with its components as software."""
    asset = _subject_asset(subject or Component())
    software = dict.fromkeys(
        Software(component.group or "", component.name, component.version or "", component.cpe or "")
        for component in flat(components)
        if component.name and component.type != "file"
    )
    return msgspec.structs.replace(asset, software=list(software))


def _subject_asset(subject: Component) -> Asset:
    name = "/".join(filter(None, (subject.group, subject.name)))
    match subject.type:
        case "container" if name:
            version = subject.version or ""
            is_digest = version.startswith("sha256:")
            has_tag = ":" in name.rpartition("/")[2] or "@" in name
            image = name if has_tag or is_digest or not version else f"{name}:{version}"
            return assets.container(image, digest=version if is_digest else "")
        case "operating-system" | "device" | "firmware" | "platform" if name:
            return assets.infra(hostname=name)
        case _:
            return assets.build(first(name, "cyclonedx"))


def _part(component: Component) -> Part:
    name = "/".join(filter(None, (component.group, component.name)))
    properties = {entry.name: entry.value for entry in component.properties or () if entry.name and entry.value}
    path = first(*(properties.get(key) for key in _PATH_PROPERTIES))
    return Part(first(name, component.purl, component.bom_ref), component.version or "", component.cpe or "", path)
