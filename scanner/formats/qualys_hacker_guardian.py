"""HackerGuardian's CSV: Qualys' PCI report with every cell in quotes, by which it is told apart from Qualys' own."""

from scanner.families.qualys_pci import PCI_COLUMNS, PCI_HEADER, PciRow, pci_finding
from scanner.format import Format
from scanner.model import AssetType
from scanner.shapes.csv import CsvSignature, CsvVariant

FORMAT = Format(
    slug="qualys_hacker_guardian",
    scanner="HackerGuardian",
    asset_type=AssetType.INFRA,
    variants=(
        CsvVariant(
            signature=CsvSignature(header=PCI_HEADER, text=('"IP","HOSTNAME",',)),
            record=PciRow,
            translate=pci_finding,
            columns=PCI_COLUMNS,
        ),
    ),
    names=("Qualys Hacker Guardian Scan",),
    aliases=("hacker_guardian",),
    produce="HackerGuardian: Reports, a scan, Download, CSV",
    sources=("https://www.hackerguardian.com/",),
)
