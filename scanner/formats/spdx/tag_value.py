"""SPDX 2.x as ``Tag: value`` lines: packages begin with their ``PackageName``."""

from collections.abc import Iterator
from typing import Any

from scanner.errors import MalformedReportError
from scanner.formats.spdx.packages import described, document_asset, package_findings
from scanner.model import Located

_TAGS = {
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
    "PackageSupplier": "supplier",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageSourceInfo": "sourceInfo",
    "PackageFileName": "packageFileName",
}
_OTHER = frozenset(("FileName", "SnippetSPDXID", "LicenseID"))
"""Tags at which something else than a package begins."""


def document_findings(data: bytes) -> Iterator[Located]:
    name, packages, relationships = _read(data.decode("utf-8", "replace"))
    asset = document_asset(name, described({"relationships": relationships}, packages), packages)
    yield Located(asset)
    for package in packages:
        for finding in package_findings(package, None):
            yield Located(asset, finding)


def _read(text: str) -> tuple[str, list[dict[str, Any]], list[dict[str, str]]]:
    name, packages, relationships = "", list[dict[str, Any]](), list[dict[str, str]]()
    current: dict[str, Any] = {}
    for tag, value in _tags(text):
        if tag == "DocumentName":
            name = value
        elif tag == "PackageName":
            current = {"name": value, "externalRefs": []}
            packages.append(current)
        elif tag in _OTHER:
            current = {}
        elif tag == "ExternalRef":
            category, kind, locator = (*value.split(None, 2), "", "", "")[:3]
            current.setdefault("externalRefs", []).append(
                {"referenceCategory": category, "referenceType": kind, "referenceLocator": locator}
            )
        elif tag == "ExternalRefComment" and current.get("externalRefs"):
            current["externalRefs"][-1]["comment"] = value
        elif tag == "PackageAttributionText":
            current.setdefault("attributionTexts", []).append(value)
        elif tag == "Relationship":
            words = value.split()
            if len(words) >= 3:
                relationships.append({"relationshipType": words[1], "relatedSpdxElement": words[2]})
        elif tag in _TAGS:
            current.setdefault(_TAGS[tag], value)
    return name, packages, relationships


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Tags with their values; one in ``<text>`` may have many lines."""
    lines = iter(text.splitlines())
    for line in lines:
        tag, colon, value = line.partition(":")
        if not colon or tag.startswith("#"):
            continue
        value = value.strip()
        if value.startswith("<text>"):
            parts = [value.removeprefix("<text>")]
            while "</text>" not in parts[-1]:
                following = next(lines, None)
                if following is None:
                    raise MalformedReportError("a text has no end", tag)
                parts.append(following)
            value = "\n".join(parts).replace("</text>", "").strip()
        yield tag.strip(), value
