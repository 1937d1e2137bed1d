"""humble (``-o json``): headers of HTTP that are missing, tell too much, are deprecated, insecure or empty.

It rates nothing; its sections are rated here. Their numbers have changed, and one without findings says so in a sentence.
"""

import re
from collections.abc import Iterator

import msgspec

from scanner.assets import web
from scanner.errors import RecordError
from scanner.families.records import Record, text
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import AssetType, Finding
from scanner.normalize.severity import INFO, LOW, MEDIUM
from scanner.normalize.text import first
from scanner.normalize.urls import site
from scanner.shapes.json import JsonSignature, JsonVariant

_NUMBER = re.compile(r"^\[\d+\. |\]$")
_NOTHING = re.compile(r"(?i)nothing to report|^all seems ok")
_SECTIONS = {
    "Missing HTTP Security Headers": ("Missing header", "The response lacks this header.", LOW),
    "Fingerprint HTTP Response Headers": ("Header that tells of the server", "By this header the server can be known.", INFO),
    "Deprecated HTTP Response Headers/Protocols and Insecure Values": (
        "Deprecated or insecure",
        "The response has what is deprecated, or a value that is insecure.",
        MEDIUM,
    ),
    "Empty HTTP Response Headers Values": ("Empty header", "The header has no value.", LOW),
}


def sections(report: dict[str, msgspec.Raw]) -> Iterator[Section]:
    about: Record = msgspec.json.decode(report.get("[0. Info]", b"{}"), type=dict)
    asset = web(first(site(text(about, "URL")), "humble"))
    has_looked = False
    for title, raw in report.items():
        known = _SECTIONS.get(_NUMBER.sub("", title))
        if known is not None and bytes(raw) != b"null":
            has_looked = True
            yield Section(_headers(raw), finding, None, asset, context=known, place=title)
    if not has_looked:
        yield failed("it has none of its sections about headers", "")


def _headers(raw: msgspec.Raw) -> list[object]:
    listed = msgspec.json.decode(raw)
    return list(listed) if isinstance(listed, list | dict) else []


def finding(header: object, about: tuple[str, str, float]) -> Finding | None:
    if not isinstance(header, str) or not header.strip():
        raise RecordError("it names no header")
    if _NOTHING.search(header):
        return None
    name, description, severity = about
    return Finding(name=f"{name}: {header.strip()}", severity=severity, description=description, location=header.strip())


FORMAT = Format(
    slug="humble",
    scanner="humble",
    asset_type=AssetType.WEB,
    names=("Humble Json Importer",),
    produce="python3 humble.py -u https://shop.example -o json",
    sources=("https://github.com/rfc-st/humble", "https://github.com/rfc-st/humble/blob/master/humble.py"),
    variants=(
        JsonVariant(
            JsonSignature(
                keys={"[0. Info]", "[0. Info].URL"},
                any_of=({"[1. Missing HTTP Security Headers]", "[2. Missing HTTP Security Headers]"},),
            ),
            dict[str, msgspec.Raw],
            sections,
        ),
    ),
)
