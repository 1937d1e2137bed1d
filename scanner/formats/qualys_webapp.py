"""Qualys Web Application Scanning: scan reports and web application reports, XML. What a QID means stands at the end."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from scanner.assets import web
from scanner.errors import RecordError
from scanner.families.elements import Fields, child, children
from scanner.families.qualys import known_finding, put_aside
from scanner.format import Format
from scanner.model import AssetType, Dismissed, Located
from scanner.normalize.details import details, excerpt
from scanner.normalize.severity import INFO
from scanner.normalize.text import first, joined
from scanner.normalize.urls import site
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_SUMMARY = {"GLOBAL_SUMMARY", "SUMMARY_STAT"}
"""Where the names of records hold their numbers."""


@dataclass(frozen=True, slots=True)
class Appendix:
    known: Mapping[str, etree._Element]
    """QID → its description."""
    site: str
    """Of the first application in the report: what was gathered about it names no address."""


def appendix(tables: Tables) -> Appendix:
    applications = [Fields(application) for application in tables["WEBAPP"]]
    return Appendix(
        known={Fields(known).one("QID"): known for list_ in tables["QID_LIST"] for known in children(list_, "QID")},
        site=first(*(site(fields.one("URL")) for fields in applications), *(fields.one("NAME") for fields in applications)),
    )


def record_finding(record: etree._Element, report: Appendix) -> Located | None:
    """A vulnerability or sensitive content on a page, or something gathered about the application.

    `RecordError` without a QID.
    """
    parent = record.getparent()
    if parent is not None and etree.QName(parent).localname in _SUMMARY:
        return None
    fields = Fields(record)
    qid, url = fields.one("QID"), fields.one("URL")
    if not qid:
        raise RecordError("it has no QID")
    finding = known_finding(
        qid, report.known.get(qid), location=joined(url, parameter(fields), separator=" "), result=data(record)
    )
    if etree.QName(record).localname == "INFORMATION_GATHERED":
        finding.severity = INFO
    finding.details |= details(detection=fields.one("DETECTION_ID"))
    reason = put_aside(fields.one("STATUS"), fields.one("IGNORED", "IS_IGNORED"))
    asset = web(first(site(url), report.site, "qualys_webapp"))
    return Located(asset, Dismissed(finding, reason) if reason else finding)


def parameter(fields: Fields) -> str:
    name = fields.one("PARAM", "PARAMETER")
    return f"[{name}]" if name else ""


def data(record: etree._Element) -> str:
    """What was gathered, or the answer that showed it."""
    element = child(record, "DATA")
    if element is None:
        element = record.find("{*}PAYLOADS/{*}PAYLOAD/{*}RESPONSE/{*}CONTENTS")
    text = element.text if element is not None else None
    if element is None or not text or element.get("base64") != "true":
        return excerpt(text)
    try:
        return excerpt(base64.b64decode(text).decode("utf-8", "replace"))
    except binascii.Error:
        return ""


FORMAT = Format(
    slug="qualys_webapp",
    scanner="Qualys WAS",
    asset_type=AssetType.WEB,
    variants=tuple(
        XmlVariant(
            signature=XmlSignature(root=root),
            record=("VULNERABILITY", "SENSITIVE_CONTENT", "INFORMATION_GATHERED"),
            translate=record_finding,
            tables=("QID_LIST", "WEBAPP"),
            index=appendix,
        )
        for root in ("WAS_SCAN_REPORT", "WAS_WEBAPP_REPORT")
    ),
    names=("Qualys Webapp Scan",),
    aliases=("qualys_was",),
    produce="Qualys WAS: Reports, Web Application or Scan Report, Download, XML",
    sources=("https://docs.qualys.com/en/was/api/reports/",),
)
