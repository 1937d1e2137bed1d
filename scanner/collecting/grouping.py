"""What one collector has, as it is cut into requests: each asset once, with the findings that Phoenix tells apart."""

from operator import attrgetter

import msgspec

from scanner.batching import AssetFindings
from scanner.collecting.blocks import AssetBlock
from scanner.merging import Distinct, Told
from scanner.model import Asset, Finding, Tag
from scanner.options import ImportOptions

_encode = msgspec.json.Encoder().encode


class Grouped(msgspec.Struct):
    """Assets, each once, ordered by key; ``merged`` are findings that Phoenix would take for another one, which has them."""

    assets: list[AssetFindings]
    merged: int
    told: Told


def regroup(partitions: list[list[AssetBlock]], options: ImportOptions) -> Grouped:
    """What one collector has, ready to be cut. What several have is joined by `scanner.regrouping`."""
    grouped = Grouped([], 0, Told())
    for block in sorted((block for partition in partitions for block in partition), key=attrgetter("key")):
        distinct = Distinct()
        distinct.add(block.findings, block.identities)
        grouped.merged += distinct.merged
        findings = distinct.findings(block.asset.name, grouped.told) or in_place_of_none(options)
        group = AssetFindings(block.key, block.asset.type, head(block.asset), findings)
        grouped.assets.append(group)
    return grouped


def in_place_of_none(options: ImportOptions) -> list[bytes]:
    """The findings that an asset without findings is sent with."""
    return [_encode(placeholder())] if options.create_inventory_assets and not options.just_tags else []


class _Head(msgspec.Struct, rename="camel", omit_defaults=True):
    attributes: dict[str, str]
    tags: list[Tag] = []
    installed_software: list[object] = []


def head(asset: Asset) -> bytes:
    """The asset's JSON object without its closing brace and without findings."""
    return _encode(_Head(asset.attributes, asset.tags, list(asset.software)))[:-1]


def placeholder() -> Finding:
    """The one finding of an inventory asset that has none."""
    return Finding(
        name="No findings",
        severity=1.0,
        description="The asset was scanned and nothing was found on it; this entry keeps it in the inventory.",
        remedy="Nothing to do.",
        location="inventory",
    )
