"""SARIF 2.1.0 logs, the exchange format of static analysis, whatever tool wrote them."""

from scanner.families.sarif.model import Log
from scanner.families.sarif.runs import sections
from scanner.format import Format, JsonVariant
from scanner.model import AssetType
from scanner.signatures import JsonSignature

FORMAT = Format(
    slug="sarif",
    scanner="SARIF",
    asset_type=AssetType.CODE,
    names=("SARIF",),
    variants=(
        JsonVariant(
            signature=JsonSignature(
                keys={"runs", "version"}, any_of=({"$schema", "runs[].tool", "runs[].results"},), root="object"
            ),
            envelope=Log,
            sections=sections,
        ),
    ),
)
