"""Veracode: detailed reports in XML (static, dynamic and manual flaws, and components), and findings of its REST API in JSON.

Severities go from 5, very high, to 0, informational.
"""

from scanner.format import Format
from scanner.formats.veracode.api import Page, page_sections
from scanner.formats.veracode.detailed import element_findings
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.xml import XmlSignature, XmlVariant

FORMAT = Format(
    slug="veracode",
    scanner="Veracode",
    asset_type=AssetType.REPOSITORY,
    variants=(
        XmlVariant(
            signature=XmlSignature(root="detailedreport", namespace="veracode"),
            record=("flaw", "component"),
            translate=element_findings,
        ),
        XmlVariant(
            signature=XmlSignature(root="detailedreport", elements={"static-analysis"}),
            record=("flaw", "component"),
            translate=element_findings,
        ),
        JsonVariant(
            JsonSignature(
                keys={
                    "_embedded.findings[].finding_details",
                    "_embedded.findings[].finding_status",
                    "_embedded.findings[].scan_type",
                }
            ),
            Page,
            page_sections,
        ),
        JsonVariant(
            JsonSignature(keys={"findings[].finding_details", "findings[].finding_status", "findings[].scan_type"}),
            Page,
            page_sections,
        ),
    ),
    names=("Veracode Scan",),
    produce="Results > Download detailed XML; GET /appsec/v2/applications/<guid>/findings",
    sources=(
        "https://docs.veracode.com/r/c_detailed_xsd",
        "https://analysiscenter.veracode.com/resource/detailedreport.xsd",
        "https://docs.veracode.com/r/c_findings_v2_examples",
    ),
)
