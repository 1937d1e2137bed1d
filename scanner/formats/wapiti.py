"""Wapiti: reports as XML, JSON (``-f json``) and CSV, versions 2 to 3.2. Entries below the category that they belong to."""

from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree

from scanner.assets import web
from scanner.errors import RecordError
from scanner.families.elements import Fields, child, children
from scanner.format import Format, Section
from scanner.model import AssetType, Finding, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.identifiers import advisory_ids, cwes
from scanner.normalize.severity import CRITICAL, HIGH, INFO, LOW, MEDIUM, UNRATED
from scanner.normalize.text import first, joined
from scanner.normalize.urls import site
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_LEVELS = {"0": INFO, "1": LOW, "2": MEDIUM, "3": HIGH, "4": CRITICAL}


class Classification(msgspec.Struct, gc=False):
    desc: str | None = ""
    sol: str | None = ""
    ref: dict[str, str] | None = None


class Infos(msgspec.Struct, gc=False):
    target: str = ""


class Entry(msgspec.Struct, gc=False):
    method: str | None = ""
    path: str | None = ""
    info: str | None = ""
    level: int | str | None = None
    parameter: str | None = ""
    module: str | None = ""
    referer: str | None = ""
    http_request: str | None = ""
    curl_command: str | None = ""
    wstg: list[str] | None = None


Entries = dict[str, list[msgspec.Raw]]


class Report(msgspec.Struct):
    infos: Infos
    vulnerabilities: Entries
    classifications: dict[str, Classification] = {}
    anomalies: Entries = {}
    additionals: Entries = {}


def sections(report: Report) -> Iterator[Section]:
    asset = web(site(report.infos.target) or "wapiti")
    for kind in ("vulnerabilities", "anomalies", "additionals"):
        for category, entries in getattr(report, kind).items():
            known = report.classifications.get(category, Classification())
            yield Section(entries, entry_finding, Entry, asset, (category, known), place=f"{kind}.{category}")


def entry_finding(entry: Entry, context: tuple[str, Classification]) -> Finding:
    category, known = context
    references = known.ref or {}
    return Finding(
        name=category,
        description=joined(entry.info, known.desc),
        remedy=known.sol or "",
        severity=_LEVELS.get(str(entry.level), UNRATED),
        location=_place(entry.method, entry.path, entry.parameter, entry.info),
        reference_ids=advisory_ids(entry.info),
        cwes=cwes(list(references)),
        details=details(
            module=entry.module,
            parameter=entry.parameter,
            referer=entry.referer,
            curl=excerpt(entry.curl_command, 500),
            wstg=entry.wstg,
            references=list(references.values()),
            evidence=excerpt(entry.http_request),
        ),
    )


def _place(method: str | None, path: str | None, parameter: str | None, info: str | None) -> str:
    """Entries of one category at one path differ by parameter, or by what they say."""
    return f"{method or ''} {path or ''} [{first(parameter, info)[:120]}]".strip()


def element_finding(entry: etree._Element, _: Tables) -> Located:
    fields = Fields(entry)
    category = next(entry.iterancestors("{*}vulnerability", "{*}anomaly", "{*}additional"), None)
    if category is None:
        raise RecordError("an entry outside of a category")
    known = Fields(category)
    references = [Fields(one) for one in children(child(category, "references"), "reference")]
    asset = web(site(_info(entry, "target")) or "wapiti")
    info = fields.one("info")
    return Located(
        asset,
        Finding(
            name=category.get("name") or fields.one("type") or "unnamed category",
            description=joined(info, known.one("description")),
            remedy=known.one("solution"),
            severity=_LEVELS.get(fields.one("level"), UNRATED),
            location=_place(fields.one("method"), fields.one("path"), fields.one("parameter"), info),
            reference_ids=advisory_ids(info),
            cwes=cwes([one.one("title") for one in references]),
            details=details(
                module=fields.one("module"),
                parameter=fields.one("parameter"),
                referer=fields.one("referer"),
                curl=excerpt(fields.one("curl_command"), 500),
                references=[one.one("url") for one in references],
                evidence=excerpt(fields.one("http_request")),
            ),
        ),
    )


def _info(entry: etree._Element, name: str) -> str:
    infos = child(entry.getroottree().getroot(), "report_infos")
    return next((info.text or "" for info in children(infos, "info") if info.get("name") == name), "")


class Row(msgspec.Struct, gc=False):
    category: str = ""
    level: str = ""
    description: str = ""
    method: str = ""
    parameter: str = ""
    wstg: str = ""
    referer: str = ""
    module: str = ""
    http_request: str = ""
    curl_command: str = ""


def row_finding(row: Row, _: Any) -> Located:
    """The CSV names no target: the request does."""
    if not row.category:
        raise RecordError("it names no category")
    lines = row.http_request.splitlines()
    path = lines[0].split(" ")[1] if lines and lines[0].count(" ") > 1 else ""
    host = next((line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("host:")), "")
    facts = details(
        module=row.module,
        parameter=row.parameter,
        referer=row.referer,
        curl=excerpt(row.curl_command, 500),
        wstg=row.wstg,
        evidence=excerpt(row.http_request),
    )
    finding = Finding(
        name=row.category,
        description=row.description,
        severity=_LEVELS.get(row.level, UNRATED),
        location=_place(row.method, path.partition("?")[0], row.parameter, row.description),
        reference_ids=advisory_ids(row.description),
        details=facts,
    )
    return Located(web(site(host) or "wapiti"), finding)


FORMAT = Format(
    slug="wapiti",
    scanner="Wapiti",
    asset_type=AssetType.WEB,
    variants=(
        JsonVariant(JsonSignature(keys={"classifications", "vulnerabilities", "infos"}), Report, sections),
        XmlVariant(XmlSignature(root="report", text=("wapiti",)), "entry", element_finding, looked="report_infos"),
        CsvVariant(
            CsvSignature(header={"category", "level", "description", "method", "parameter", "wstg"}),
            Row,
            row_finding,
            {name: name for name in Row.__struct_fields__},
        ),
    ),
    names=("Wapiti Scan",),
    produce="wapiti -u https://shop.example -f json -o wapiti.json",
    sources=(
        "https://github.com/wapiti-scanner/wapiti/tree/master/wapitiCore/report",
        "https://wapiti-scanner.github.io/",
    ),
)
