"""``pnpm audit --json``. Since version 12 it asks npm's bulk endpoint and writes advisories alone; before, what npm 6 writes.

The older reports cannot be told from npm's by their keys: they are read as such unless pnpm is named.
"""

from scanner import assets
from scanner.families.npm_advisories import Report, sections
from scanner.format import Format
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant

_SECTIONS = sections(assets.build("pnpm-lock.yaml"))

FORMAT = Format(
    slug="pnpm_audit",
    scanner="pnpm audit",
    asset_type=AssetType.BUILD,
    names=("pnpm Audit Scan",),
    aliases=("pnpm",),
    produce="pnpm audit --json",
    sources=(
        "https://github.com/pnpm/pnpm/blob/main/deps/compliance/audit/src/types.ts",
        "https://pnpm.io/cli/audit",
    ),
    variants=(
        JsonVariant(
            JsonSignature(keys={"advisories", "metadata"}, root="object", own={"": {"advisories", "metadata"}}),
            Report,
            _SECTIONS,
        ),
        JsonVariant(JsonSignature(keys={"advisories"}, root="object"), Report, _SECTIONS),
    ),
)
