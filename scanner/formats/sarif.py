"""SARIF 2.1.0 logs, the exchange format of static analysis, whatever tool wrote them."""

from scanner.families.sarif.model import Log
from scanner.families.sarif.runs import sections
from scanner.format import Format
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant

FORMAT = Format(
    slug="sarif",
    scanner="SARIF",
    asset_type=AssetType.CODE,
    names=("SARIF", "Snyk Code Scan", "DevSkim Scan", "Mayhem SARIF Report"),
    aliases=("snyk_code", "devskim", "mayhem"),
    variants=(
        JsonVariant(
            signature=JsonSignature(
                keys={"runs", "version"}, any_of=({"$schema", "runs[].tool", "runs[].results"},), root="object"
            ),
            envelope=Log,
            sections=sections,
        ),
    ),
    is_exchanged=True,
    produce="any tool that writes SARIF 2.1.0, as `semgrep scan --sarif -o semgrep.sarif`",
    sources=("https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html",),
)
