"""The components of a document by their references, and the asset that is made of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from scanner import assets
from scanner.families.cyclonedx.model import Component, Dependency
from scanner.families.images import image_asset
from scanner.families.trivy_artifact import UNRELATED, nearest_first, repository_asset
from scanner.model import Asset, Software
from scanner.normalize.packages import parse_purl
from scanner.normalize.text import first

_TRIVY = "aquasecurity:trivy:"
_ROOTED = frozenset(("gomod", "pom", "uv"))
"""Types of lock files that say what their project is."""
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
        return f"{text} in {self.path}" if self.path else text


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


def inventory(components: Iterable[Component], dependencies: Iterable[Dependency] = ()) -> Inventory:
    parts: dict[str, Part] = {}
    listed = [*flat(components)]
    files = _lock_files(listed, dependencies)
    for component in listed:
        part = _part(component, files.get(component.bom_ref or "", ""))
        for ref in (component.bom_ref, component.purl):
            if ref:
                parts.setdefault(ref, part)
    return Inventory(parts)


def flat(components: Iterable[Component]) -> Iterator[Component]:
    """Components and those that they contain, at any depth."""
    for component in components:
        yield component
        yield from flat(component.components or ())


def document_asset(
    subject: Component | None, components: Sequence[Component], dependencies: Iterable[Dependency] = ()
) -> Asset:
    """What the document describes: an image, a system, or else something that was built; with its components as software."""
    asset = _subject_asset(subject or Component(), components, dependencies)
    software = dict.fromkeys(
        Software(component.group or "", component.name, component.version or "", component.cpe or "")
        for component in flat(components)
        if component.name and component.type != "file"
    )
    return msgspec.structs.replace(asset, software=list(software))


def _subject_asset(subject: Component, components: Sequence[Component], dependencies: Iterable[Dependency]) -> Asset:
    name = "/".join(filter(None, (subject.group, subject.name)))
    match subject.type:
        case "container" if name and (known := _trivy_values(subject, "Reference", "RepoTag")):
            return image_asset(name, *known, digests=_trivy_values(subject, "RepoDigest"))
        case "application" if _trivy_values(subject, "SchemaVersion"):
            return repository_asset(name, _trivy_project(components, dependencies))
        case "container" if name:
            version = subject.version or ""
            is_digest = version.startswith("sha256:")
            has_tag = ":" in name.rpartition("/")[2] or "@" in name
            image = name if has_tag or is_digest or not version else f"{name}:{version}"
            return image_asset(image, digests=[f"{name}@{version}"] if is_digest else ())
        case "operating-system" | "device" | "firmware" | "platform" if name:
            return assets.infra(hostname=name)
        case _:
            return assets.build(first(name, "cyclonedx"))


def _trivy_project(components: Sequence[Component], dependencies: Iterable[Dependency]) -> str:
    """The project that Trivy's JSON names too: a lock file that knows it needs nothing else, and the project needs the rest."""
    needs = {dependency.ref: dependency.depends_on or [] for dependency in dependencies if dependency.ref}
    listed = [*flat(components)]
    names = {each.bom_ref: "/".join(filter(None, (each.group, each.name))) for each in listed if each.bom_ref}
    files = sorted((each for each in listed if _is_lock_file(each)), key=lambda each: nearest_first(each.name or ""))
    for file in files:
        type_, needed = _properties(file).get(f"{_TRIVY}Type"), needs.get(file.bom_ref or "", [])
        if len(needed) == 1 and needs.get(needed[0]) and (type_ in _ROOTED or (type_ == UNRELATED and len(files) == 1)):
            return names.get(needed[0], "")
    return ""


def _trivy_values(subject: Component, *names: str) -> list[str]:
    """Values of properties that Trivy may write several times."""
    entries = subject.properties or ()
    return [entry.value for name in names for entry in entries if entry.name == f"{_TRIVY}{name}" and entry.value]


def _lock_files(components: Sequence[Component], dependencies: Iterable[Dependency]) -> dict[str, str]:
    """Packages by reference, with the lock file or binary that names them, which for Trivy is a component that needs them."""
    files = {each.bom_ref: each.name for each in components if each.bom_ref and each.name and _is_lock_file(each)}
    if not files:
        return {}
    needs = {dependency.ref: dependency.depends_on or [] for dependency in dependencies if dependency.ref}
    found: dict[str, str] = {}
    for ref, name in files.items():
        due = list(needs.get(ref, ()))
        while due:
            if (at := due.pop()) not in found and at not in files:
                found[at] = name
                due += needs.get(at, ())
    return found


def _is_lock_file(component: Component) -> bool:
    return component.type == "application" and _properties(component).get(f"{_TRIVY}Class") == "lang-pkgs"


def _properties(component: Component) -> dict[str, str]:
    return {entry.name: entry.value for entry in component.properties or () if entry.name and entry.value}


def _part(component: Component, file: str) -> Part:
    properties = _properties(component)
    is_maven = (component.purl or "").startswith("pkg:maven/") and any(name.startswith(_TRIVY) for name in properties)
    name = (":" if is_maven else "/").join(filter(None, (component.group, component.name)))  # as in Trivy's JSON
    path = first(*(properties.get(key) for key in _PATH_PROPERTIES), file)
    return Part(first(name, component.purl, component.bom_ref), component.version or "", component.cpe or "", path)
