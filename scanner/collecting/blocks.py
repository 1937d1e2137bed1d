"""Assets with their encoded findings, as they travel from those who collect them to those who join them."""

import msgspec

from scanner.model import Asset


class AssetBlock(msgspec.Struct, gc=False):
    """An asset with the findings that one shard has on it; ``identities`` go with ``findings``, one each."""

    key: bytes
    asset: Asset
    findings: list[bytes]
    identities: list[str]


def absorb(asset: Asset, other: Asset) -> None:
    """What another record knows of the same asset: attributes that were missing, tags and software that are new."""
    for name, value in other.attributes.items():
        asset.attributes.setdefault(name, value)
    if other.tags:
        asset.tags = list(dict.fromkeys([*asset.tags, *other.tags]))
    if other.software:
        asset.software = list(dict.fromkeys([*asset.software, *other.software]))
