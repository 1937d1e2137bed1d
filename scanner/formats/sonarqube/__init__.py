"""SonarQube: answers of its web API (alone or in an archive), and the reports that ``sonar-report`` makes of them."""

from scanner.format import Format
from scanner.formats.sonarqube import api, report_html, report_json
from scanner.model import AssetType
from scanner.shapes.facts import Kind
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.whole import TextSignature, WholeVariant

FORMAT = Format(
    slug="sonarqube",
    scanner="SonarQube",
    asset_type=AssetType.CODE,
    names=("SonarQube Scan", "SonarQube Scan detailed"),
    aliases=("sonar", "sonarcloud", "api_sonarqube"),
    variants=(
        JsonVariant(
            signature=JsonSignature(
                keys={"issues", "components"}, any_of=({"paging", "p"}, {"effortTotal", "debtTotal", "facets", "total"})
            ),
            envelope=api.Answer,
            sections=api.sections,
        ),
        JsonVariant(
            signature=JsonSignature(keys={"hotspots", "components", "paging"}),
            envelope=api.Answer,
            sections=api.sections,
        ),
        JsonVariant(
            signature=JsonSignature(keys={"projectName", "sonarBaseURL", "issues"}),
            envelope=report_json.Report,
            sections=report_json.sections,
        ),
        WholeVariant(
            signature=TextSignature(Kind.HTML, text=("<title>SonarQube", "Report</title>")),
            translate=report_html.document_findings,
        ),
    ),
    produce="GET https://sonar.example/api/issues/search?componentKeys=shop, or sonar-report",
    sources=(
        "https://next.sonarqube.com/sonarqube/web_api/api/issues",
        "https://github.com/soprasteria/sonar-report",
    ),
)
