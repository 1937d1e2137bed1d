"""SPDX 2.x: packages, and the references of the category SECURITY that they carry."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.families.advisories import located_at
from scanner.families.images import image_asset
from scanner.families.records import Record, objects, text, texts
from scanner.families.scanned import failed
from scanner.families.trivy_artifact import repository_asset
from scanner.format import Section
from scanner.model import Asset, Finding, Package, Software
from scanner.normalize.details import details
from scanner.normalize.identifiers import advisory_ids
from scanner.normalize.packages import parse_purl, upgrade
from scanner.normalize.severity import UNRATED
from scanner.normalize.text import first

_ADVISORY, _FIX, _URL = "advisory", "fix", "url"
_PURL = ("purl",)
_CPE = ("cpe23Type", "cpe22Type")


class Document(msgspec.Struct):
    name: str | None = None
    spdx_version: str | None = msgspec.field(name="spdxVersion", default=None)
    packages: list[msgspec.Raw] | None = None
    files: Any = None
    relationships: Any = None
    described: Any = msgspec.field(name="documentDescribes", default=None)


def sections(document: Document) -> Iterator[Section]:
    if document.packages is None and document.files is None:
        yield failed("it lists neither packages nor files", "packages")
        return
    records = [record for record in map(msgspec.json.decode, document.packages or ()) if isinstance(record, dict)]
    root = described({"relationships": document.relationships, "documentDescribes": document.described}, records)
    asset = document_asset(document.name or "", root, records)
    yield Section(document.packages or (), package_findings, dict, asset=asset, place="packages")


def described(document: Record, packages: Sequence[Record]) -> Record:
    """What the document is about, where it is one thing."""
    targets = [*texts(document, "documentDescribes")]
    for relation in objects(document, "relationships"):
        if text(relation, "relationshipType").upper() == "DESCRIBES":
            targets.append(text(relation, "relatedSpdxElement"))
    found = [package for package in packages if text(package, "SPDXID") in targets]
    return found[0] if len(found) == 1 else {}


def document_asset(name: str, root: Record, packages: Iterable[Record]) -> Asset:
    asset = subject_asset(
        first(text(root, "name"), name), text(root, "versionInfo"), text(root, "primaryPackagePurpose"), _noted(root)
    )
    software = dict.fromkeys(
        Software("", *_named(package)) for package in packages if package is not root and text(package, "name")
    )
    return msgspec.structs.replace(asset, software=list(software))


def subject_asset(name: str, version: str, purpose: str, noted: dict[str, list[str]]) -> Asset:
    """An image, a folder, or else something that was built. ``noted`` is what Trivy writes beside it."""
    if purpose.upper() == "CONTAINER":
        is_digest = version.startswith("sha256:")
        has_tag = ":" in name.rpartition("/")[2] or "@" in name
        image = name if has_tag or is_digest or not version else f"{name}:{version}"
        digests = [*noted.get("RepoDigest", ()), *([f"{name}@{version}"] if is_digest else ())]
        return image_asset(*noted.get("RepoTag", ()), image, digests=digests)
    if "SchemaVersion" in noted or name.startswith((".", "/")):
        return repository_asset(name)
    return assets.build(first(name, "spdx"))


def _noted(package: Record) -> dict[str, list[str]]:
    notes = [*(text(each, "comment") for each in objects(package, "annotations")), *texts(package, "attributionTexts")]
    found: dict[str, list[str]] = {}
    for note in notes:
        name, _, value = note.partition(": ")
        found.setdefault(name, []).append(value)
    return found


def _named(package: Record) -> tuple[str, str, str]:
    """Name as its package URL has it, version, CPE."""
    references = objects(package, "externalRefs")
    purl = next((known for each in references if text(each, "referenceType") in _PURL and (known := _purl(each))), ("", ""))
    cpe = next((text(each, "referenceLocator") for each in references if text(each, "referenceType") in _CPE), "")
    return first(text(package, "name"), purl[0]), first(text(package, "versionInfo"), purl[1]), cpe


def _purl(reference: Record) -> tuple[str, str] | None:
    return parse_purl(text(reference, "referenceLocator"))


def package_findings(record: Record, _: None) -> list[Finding]:
    """One per advisory that the package carries; several addresses of one advisory are one."""
    security = [each for each in objects(record, "externalRefs") if text(each, "referenceCategory").upper() == "SECURITY"]
    fixes = [text(each, "referenceLocator") for each in security if text(each, "referenceType") == _FIX]
    advisories: dict[str, list[Record]] = {}
    for each in security:
        kind, locator = text(each, "referenceType"), text(each, "referenceLocator")
        ids = advisory_ids(locator, text(each, "comment"))
        if kind == _ADVISORY or (kind == _URL and ids):
            advisories.setdefault(first(*ids), []).append(each)
    nameless = [text(each, "referenceLocator") or "no address" for each in advisories.pop("", ())]
    if nameless and not advisories:
        raise RecordError(f"an advisory that names no vulnerability: {', '.join(nameless)}")
    return [_finding(record, name, said, fixes) for name, said in advisories.items()]


def _finding(record: Record, name: str, advisory: list[Record], fixes: list[str]) -> Finding:
    named, version, cpe = _named(record)
    package = Package(named, version, cpe)
    return Finding(
        name=name,
        description=first(*(text(each, "comment") for each in advisory)),
        remedy=f"Apply the fix: {fixes[0]}" if fixes else upgrade(named, version, []),
        severity=UNRATED,
        location=located_at(package),
        reference_ids=advisory_ids(name),
        packages=[package],
        details=details(
            references=[url for each in advisory if (url := text(each, "referenceLocator"))],
            fixes=fixes,
            supplier=text(record, "supplier"),
            license=first(text(record, "licenseConcluded"), text(record, "licenseDeclared")),
            source_info=text(record, "sourceInfo"),
            file=text(record, "packageFileName"),
        ),
    )
