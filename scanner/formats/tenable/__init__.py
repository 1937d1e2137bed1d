"""Tenable's exports: Nessus (.nessus v1, v2 and CSV), Vulnerability Management, Security Center, Web App Scanning."""

from scanner.format import Format
from scanner.formats.tenable import exports, nessus_v1, nessus_v2, rows
from scanner.model import AssetType

FORMAT = Format(
    slug="tenable",
    scanner="Tenable Nessus",
    asset_type=AssetType.INFRA,
    variants=(nessus_v2.VARIANT, nessus_v1.VARIANT, *rows.VARIANTS, exports.VARIANT),
    names=("Tenable Scan", "Nessus Scan", "Nessus WAS Scan"),
    aliases=("nessus", "nessus_was", "tenable_io", "tenable_sc"),
    produce="Nessus: a scan, Export, Nessus or CSV; Tenable: Findings, Export, CSV",
    sources=("https://docs.tenable.com/quick-reference/nessus-file-format/Content/NessusFileFormat.htm",),
)
