"""The asset of a generic finding: as the report names it, else as the finding's own place suggests."""

import msgspec

from scanner import assets
from scanner.errors import RecordError
from scanner.model import DESCRIBING, IDENTIFYING, Asset, AssetType, Tag
from scanner.normalize.text import first
from scanner.normalize.urls import site


class AssetEntry(msgspec.Struct, forbid_unknown_fields=True):
    """``attributes`` are named as Phoenix names them."""

    type: str
    attributes: dict[str, str] = {}
    name: str = ""
    """Instead of attributes where one is enough: host, image, repository, file, URL."""
    tags: dict[str, str] = {}


def named(entry: AssetEntry) -> Asset:
    """Raises `RecordError` for a type or an attribute that Phoenix does not know."""
    try:
        asset_type = AssetType(entry.type.strip().upper())
    except ValueError:
        raise RecordError(f"asset type {entry.type!r}, not one of {', '.join(AssetType)}") from None
    unknown = entry.attributes.keys() - {*IDENTIFYING[asset_type], *DESCRIBING[asset_type]}
    if unknown:
        raise RecordError(f"a {asset_type} asset has no attribute {', '.join(sorted(unknown))}")
    attributes = {name: value for name, value in entry.attributes.items() if value}
    asset = _by_name(asset_type, entry.name.strip()) if entry.name.strip() else Asset(asset_type, {})
    return Asset(asset_type, asset.attributes | attributes, [Tag(value, key) for key, value in entry.tags.items()])


def _by_name(asset_type: AssetType, name: str) -> Asset:
    match asset_type:
        case AssetType.INFRA:
            return assets.host(name)
        case AssetType.WEB:
            return assets.web(site(name) or name)
        case AssetType.CONTAINER:
            return assets.container(name)
        case AssetType.REPOSITORY:
            return assets.repository(name)
        case AssetType.CODE:
            return assets.code(name)
        case AssetType.BUILD:
            return assets.build(name)
        case AssetType.CLOUD:
            raise RecordError("a CLOUD asset needs attributes: providerType, providerAccountId")


def suggested(*, url: str, file_path: str, service: str, report: str) -> Asset:
    """WEB for a finding at a URL, CODE for one in a file, else REPOSITORY; the last two named by the service or the report."""
    if site(url):
        return assets.web(site(url))
    name = first(service, report, "generic")
    return assets.code(name) if file_path else assets.repository(name)
