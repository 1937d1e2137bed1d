"""Our own JSON and CSV, in which findings of any other tool can be brought in, and the common "Generic Findings Import".

Source: docs/generic-format.md, which is the definition.
"""

from scanner.format import Format
from scanner.formats.generic import document, rows
from scanner.model import AssetType

FORMAT = Format(
    slug="generic",
    scanner="any",
    asset_type=AssetType.REPOSITORY,
    variants=(document.VARIANT, rows.VARIANT),
    names=("Generic Findings Import",),
    aliases=("generic_json", "generic_csv"),
    produce="a script of your own: docs/generic-format.md",
    sources=("docs/generic-format.md",),
)
