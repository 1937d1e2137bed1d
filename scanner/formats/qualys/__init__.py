"""Qualys VM: asset data reports (XML), scan reports and results (CSV), host detection lists of the API, PCI reports (CSV)."""

from scanner.format import Format
from scanner.formats.qualys import asset_report, detections, rows
from scanner.model import AssetType

FORMAT = Format(
    slug="qualys",
    scanner="Qualys VM",
    asset_type=AssetType.INFRA,
    variants=(asset_report.VARIANT, detections.VARIANT, detections.ERROR_VARIANT, *rows.VARIANTS),
    names=("Qualys Scan",),
    aliases=("qualys_vm", "qualysguard"),
    produce="Qualys VM: Reports, New scan report, CSV or XML",
    sources=("https://docs.qualys.com/en/vm/api/reports/",),
)
