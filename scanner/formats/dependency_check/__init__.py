"""OWASP Dependency-Check reports: XML (schemas 0.x to 4.x), JSON (schemas 1.0 and 1.1) and CSV."""

from scanner.format import Format
from scanner.formats.dependency_check import csv_report, json_report, xml_report
from scanner.model import AssetType
from scanner.shapes.csv import CsvSignature, CsvVariant
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.xml import XmlSignature, XmlVariant

FORMAT = Format(
    slug="dependency_check",
    scanner="OWASP Dependency-Check",
    asset_type=AssetType.REPOSITORY,
    names=("Dependency Check Scan",),
    variants=(
        XmlVariant(
            XmlSignature("analysis", namespace="ependency"),
            record=("dependency", xml_report.EXCEPTION),
            translate=xml_report.findings,
            shard="dependency",
        ),
        JsonVariant(
            JsonSignature(keys={"projectInfo", "scanInfo", "dependencies"}, root="object"),
            json_report.Report,
            json_report.sections,
        ),
        CsvVariant(
            CsvSignature({"Project", "ScanDate", "DependencyName", "DependencyPath", "CVE"}),
            csv_report.Row,
            csv_report.finding,
            columns=csv_report.COLUMNS,
        ),
    ),
    produce="dependency-check --scan . --format JSON (XML, CSV)",
    sources=(
        "https://github.com/dependency-check/DependencyCheck/tree/main/core/src/main/resources/templates",
        "https://github.com/dependency-check/DependencyCheck/tree/main/core/src/main/resources/schema",
    ),
)
