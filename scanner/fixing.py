"""Repairs what Phoenix would refuse, or says why it would.

The reasons are those of the vendor's documentation: an empty description or remedy, a severity out of range, an asset without
the attributes that identify its type.
"""

import math
from collections import Counter
from urllib.parse import urlsplit

from scanner.errors import RecordError
from scanner.model import IDENTIFYING, Asset, AssetType, Finding, missing_attributes

NO_REMEDY = "The scanner gives no remedy."
UNNAMED = "Unnamed finding"
UNNAMED_ASSET = "unnamed"
"""Identifies an asset that its report does not name: the same on every scan."""


class Fixer:
    """``repairs`` counts what was repaired, by kind. With ``enabled`` false `finding` and `asset` raise `RecordError`."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self.repairs: Counter[str] = Counter()

    def finding(self, finding: Finding) -> None:
        """Repairs in place. Idempotent."""
        name, description, remedy = finding.name, finding.description, finding.remedy
        if not name or name.isspace():
            self._repair("empty name")
            finding.name = UNNAMED
        if not description or (isinstance(description, str) and description.isspace()):
            self._repair("empty description")
            finding.description = finding.name
        if not remedy or (isinstance(remedy, str) and remedy.isspace()):
            self._repair("empty remedy")
            finding.remedy = NO_REMEDY
        if not 1.0 <= finding.severity <= 10.0:
            self._repair("severity out of range")
            finding.severity = 1.0 if math.isnan(finding.severity) else min(max(finding.severity, 1.0), 10.0)
        for package in finding.packages:
            if not package.name:
                self._repair("package without name")
                finding.packages = [package for package in finding.packages if package.name]
                break

    def asset(self, asset: Asset) -> Asset:
        """The asset, or one like it with what was missing. Idempotent."""
        missing = missing_attributes(asset.type, asset.attributes)
        if not missing:
            return asset
        if asset.type is AssetType.CLOUD and not missing.startswith("region"):
            raise RecordError(f"the asset has no {missing}")
        self._repair(f"asset without {missing}")
        name = "region" if asset.type is AssetType.CLOUD else IDENTIFYING[asset.type][-1]
        value = "unknown" if asset.type is AssetType.CLOUD else UNNAMED_ASSET
        return Asset(asset.type, asset.attributes | {name: value}, asset.tags, asset.software)

    def _repair(self, kind: str) -> None:
        if not self._enabled:
            raise RecordError(f"{kind}, and fix_data is off")
        self.repairs[kind] += 1


def retyped(asset: Asset, asset_type: AssetType) -> Asset:
    """The asset as one of another type under the same name. Raises `RecordError` where that type needs more than a name."""
    if asset.type is asset_type:
        return asset
    if asset_type is AssetType.CLOUD:
        raise RecordError("asset_type CLOUD needs a provider and an account, which this report does not name")
    name = asset_name(asset)
    match asset_type:
        case AssetType.INFRA | AssetType.WEB:
            named = {key: asset.attributes[key] for key in IDENTIFYING[asset_type] if key in asset.attributes}
            host = urlsplit(name).hostname or name if "://" in name else name
            attributes = named or {IDENTIFYING[asset_type][-1]: host}
        case _:
            attributes = {IDENTIFYING[asset_type][0]: name}
    return Asset(asset_type, {key: value for key, value in attributes.items() if value}, asset.tags, asset.software)


def asset_name(asset: Asset) -> str:
    """What a person would call it: its most telling identifying attribute; empty where it has none."""
    for key in reversed(IDENTIFYING[asset.type]):
        if value := asset.attributes.get(key):
            return value
    return ""
