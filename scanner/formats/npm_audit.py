"""``npm audit --json`` of npm 6: a report of advisories, each with the places where its package is installed."""

from scanner import assets
from scanner.families.npm_advisories import Report, sections
from scanner.format import Format
from scanner.model import AssetType
from scanner.shapes.json import JsonSignature, JsonVariant

FORMAT = Format(
    slug="npm_audit",
    scanner="npm audit",
    asset_type=AssetType.BUILD,
    names=("NPM Audit Scan",),
    variants=(
        JsonVariant(
            JsonSignature(keys={"actions", "advisories"}, root="object"),
            Report,
            sections(assets.build("npm_audit")),
        ),
    ),
    produce="npm audit --json (npm 6)",
    sources=("https://docs.npmjs.com/cli/v6/commands/npm-audit",),
)
