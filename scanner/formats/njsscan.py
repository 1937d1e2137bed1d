"""njsscan's JSON reports: ``nodejs`` is code, ``templates`` are HTML templates."""

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.assets import code
from scanner.families.libsast import Rules, errors, sections
from scanner.families.scanned import scanned
from scanner.format import Format, Section
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant


class Report(msgspec.Struct):
    errors: list[Any] | None = None
    nodejs: Rules | None = None
    templates: Rules | None = None


def report_sections(report: Report) -> Iterator[Section]:
    yield scanned(code("njsscan", origin="njsscan"))
    yield from sections(report.nodejs or {}, "njsscan", "nodejs")
    yield from sections(report.templates or {}, "njsscan", "templates")
    yield from errors(report.errors)


FORMAT = Format(
    slug="njsscan",
    scanner="njsscan",
    asset_type=AssetType.CODE,
    variants=(JsonVariant(JsonSignature(keys={"njsscan_version"}), Report, report_sections),),
    names=("njsscan Scan",),
    produce="njsscan --json -o njsscan.json .",
    sources=("https://github.com/ajinabraham/njsscan", "https://github.com/ajinabraham/libsast"),
)
