"""CycloneDX 1.0 to 1.7, JSON and XML: bills of materials with vulnerabilities, and VEX documents without components."""

from scanner.families.cyclonedx.findings import sections
from scanner.families.cyclonedx.model import Bom
from scanner.families.cyclonedx.xml import document_findings
from scanner.format import Format
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.xml import XmlSignature, XmlVariant

FORMAT = Format(
    slug="cyclonedx",
    scanner="CycloneDX",
    asset_type=AssetType.BUILD,
    names=("CycloneDX Scan",),
    variants=(
        JsonVariant(
            signature=JsonSignature(keys={"bomFormat", "specVersion"}, root="object"),
            envelope=Bom,
            sections=sections,
        ),
        XmlVariant(
            signature=XmlSignature("bom", namespace="cyclonedx.org/schema/bom"),
            record="bom",
            translate=document_findings,
        ),
    ),
    is_exchanged=True,
    produce="syft registry.example/shop:1 -o cyclonedx-json, or any tool that writes CycloneDX",
    sources=(
        "https://cyclonedx.org/docs/1.7/json/",
        "https://cyclonedx.org/docs/1.7/xml/",
    ),
)
