"""Fortify SCA: project archives (FPR), what is in them (FVDL), and the XML of its report generator."""

from scanner.format import Format
from scanner.formats.fortify.fvdl import Project, vulnerability_finding
from scanner.formats.fortify.listing import Listed, issue_finding
from scanner.model import AssetType
from scanner.shapes.xml import XmlSignature, XmlVariant

_TABLES = ("Rule", "Description", "Snippet", "Issue", "Node", "BuildID", "SourceBasePath")

FORMAT = Format(
    slug="fortify",
    scanner="Fortify SCA",
    asset_type=AssetType.REPOSITORY,
    variants=(
        XmlVariant(
            signature=XmlSignature(root="FPR"),
            record="Vulnerability",
            translate=vulnerability_finding,
            tables=_TABLES,
            index=Project,
            looked="Vulnerabilities",
        ),
        XmlVariant(
            signature=XmlSignature(root="FVDL"),
            record="Vulnerability",
            translate=vulnerability_finding,
            tables=_TABLES,
            index=Project,
            looked="Vulnerabilities",
        ),
        XmlVariant(
            signature=XmlSignature(root="ReportDefinition", elements={"TemplateName", "ReportSection"}),
            record="Issue",
            translate=issue_finding,
            index=Listed,
        ),
    ),
    names=("Fortify Scan", "Fortify Scan v2"),
    aliases=("fortify_sca", "fpr", "fvdl"),
    produce="sourceanalyzer -b shop -scan -f shop.fpr; ReportGenerator -format xml -f shop.xml -source shop.fpr",
    sources=(
        "https://www.microfocus.com/documentation/fortify-static-code/",
        "https://github.com/fortify/fortify-ssc-parser-util",
        "https://github.com/DefectDojo/django-DefectDojo/tree/master/unittests/scans/fortify",
    ),
)
