"""The bytes of a request around its assets, and of an asset around its findings."""

from collections.abc import Sequence

import msgspec

from scanner.model import AssetType, ImportType

FINDINGS_OPEN = b',"findings":['
FINDINGS_CLOSE = b"]}"
ASSETS_OPEN = b"["
ASSETS_CLOSE = b"]"


class _Assessment(msgspec.Struct, rename="camel"):
    asset_type: AssetType
    name: str


def asset_json(head: bytes, findings: Sequence[bytes]) -> bytes:
    """One asset; ``head`` is its object without the closing brace and without findings."""
    return b",".join(asset_pieces(head, findings))


def asset_pieces(head: bytes, findings: Sequence[bytes]) -> list[bytes]:
    """What `asset_json` is with commas between, so that a body of many is made by one joining."""
    pieces = [*findings] or [b""]
    pieces[0] = b"".join((head, FINDINGS_OPEN, pieces[0]))
    pieces[-1] = b"".join((pieces[-1], FINDINGS_CLOSE))
    return pieces


def asset_bytes(head: bytes, sizes: Sequence[int]) -> int:
    """How long `asset_json` would be with findings of these sizes."""
    commas = max(len(sizes) - 1, 0)
    return len(head) + len(FINDINGS_OPEN) + sum(sizes) + commas + len(FINDINGS_CLOSE)


def assets_json(assets: Sequence[bytes]) -> bytes:
    """A JSON array of assets; of the pieces of assets just as well."""
    pieces = [*assets] or [b""]
    pieces[0] = b"".join((ASSETS_OPEN, pieces[0]))
    pieces[-1] = b"".join((pieces[-1], ASSETS_CLOSE))
    return b",".join(pieces)


def request_body(import_type: ImportType, assessment_name: str, asset_type: AssetType, assets: bytes) -> bytes:
    """The body of one import request; ``assets`` is a JSON array of assets of that type, as `cut` and `split` make it."""
    assessment = msgspec.json.encode(_Assessment(asset_type, assessment_name))
    return b"".join((b'{"importType":"', import_type.encode(), b'","assessment":', assessment, b',"assets":', assets, b"}"))


def overhead_bytes(assessment_name: str) -> int:
    """The most that `request_body` adds to the assets of any request to this assessment."""
    return max(len(request_body(kind, assessment_name, asset_type, b"")) for kind in ImportType for asset_type in AssetType)
