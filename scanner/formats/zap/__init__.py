"""ZAP reports: traditional XML and JSON (with and without requests) of all versions, and the API's list of alerts."""

from scanner.format import Format
from scanner.formats.zap import api_alerts, json_report, xml_report
from scanner.model import AssetType

FORMAT = Format(
    slug="zap",
    scanner="ZAP",
    asset_type=AssetType.WEB,
    variants=(xml_report.VARIANT, json_report.VARIANT, api_alerts.VARIANT),
    names=("ZAP Scan", "OWASP ZAP Scan"),
    aliases=("owasp_zap", "zaproxy"),
    produce="zap-baseline.py -t https://shop.example -x zap.xml -J zap.json",
    sources=("https://github.com/zaproxy/zap-extensions/tree/main/addOns/reports/src/main/zapHomeFiles/reports",),
)
