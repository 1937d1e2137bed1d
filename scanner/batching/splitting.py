"""A body that Phoenix found too large, in two."""

import msgspec

from scanner.batching.bodies import assets_json
from scanner.batching.naming import asset_name, finding_name
from scanner.model import ImportType

_assets = msgspec.json.Decoder(list[msgspec.Raw])
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Half(msgspec.Struct, frozen=True, gc=False):
    """One of two requests that replace a refused one."""

    import_type: ImportType
    assets: bytes


def split(assets: bytes, import_type: ImportType) -> tuple[Half, Half] | None:
    """The two requests that do what one with these assets would do; None for one asset with at most one finding.

    The first must be IMPORTED before the second leaves. Several assets are halved by their number, one asset by its findings.
    Each half may be split again in its place, which keeps the order.
    """
    found = _assets.decode(assets)
    if len(found) > 1:
        middle = len(found) // 2
        further = ImportType.MERGE if import_type is ImportType.NEW else import_type
        return Half(import_type, assets_json(found[:middle])), Half(further, assets_json(found[middle:]))
    fields, findings = _single(found)
    if len(findings) < 2:
        return None
    middle = len(findings) // 2
    return (
        Half(import_type, _one_asset(fields, findings[:middle])),
        Half(ImportType.DELTA, _one_asset(fields, findings[middle:])),
    )


def name_of(assets: bytes) -> str:
    """What to call a body that cannot be split any further."""
    found = _assets.decode(assets)
    if len(found) != 1:
        return f"{len(found)} assets"
    _, findings = _single(found)
    asset = asset_name(found[0])
    return f"{finding_name(findings[0])} of {asset}" if findings else asset


def _single(found: list[msgspec.Raw]) -> tuple[dict[str, msgspec.Raw], list[msgspec.Raw]]:
    if not found:
        return {}, []
    fields = _fields.decode(found[0])
    return fields, _assets.decode(fields.get("findings", b"[]"))


def _one_asset(fields: dict[str, msgspec.Raw], findings: list[msgspec.Raw]) -> bytes:
    return assets_json((msgspec.json.encode(fields | {"findings": msgspec.Raw(assets_json(findings))}),))
