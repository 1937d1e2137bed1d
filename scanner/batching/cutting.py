"""Assets with their findings into request bodies within the limits."""

from collections.abc import Iterable, Iterator

import msgspec

from scanner.batching.bodies import ASSETS_CLOSE, ASSETS_OPEN, asset_bytes, asset_json, assets_json
from scanner.batching.naming import asset_name, finding_name
from scanner.batching.ordering import PieceInfo
from scanner.errors import LimitExceededError
from scanner.model import AssetType

_BRACKETS = len(ASSETS_OPEN) + len(ASSETS_CLOSE)


class AssetFindings(msgspec.Struct, gc=False):
    """One asset with its already encoded findings.

    An asset occurs once in what is cut: sent in two requests, each would close what the other brought.
    """

    key: bytes
    type: AssetType
    head: bytes
    """The asset's JSON object without its closing brace and without findings: ``{"attributes":{…},"tags":[…]``."""
    findings: list[bytes]


class Limits(msgspec.Struct, frozen=True):
    """What one request may hold; the defaults are the vendor's."""

    max_assets: int = 500
    max_body_bytes: int = 25_000_000

    def __post_init__(self) -> None:
        if self.max_assets < 1 or self.max_body_bytes < 1:
            raise ValueError("a request must have room for an asset")


class Piece(msgspec.Struct, frozen=True, gc=False):
    """The assets of one request."""

    asset_type: AssetType
    assets: int
    findings: int
    body: bytes
    """The JSON array ``[{asset},{asset}]``."""
    asset_key: bytes | None = None
    """The asset that alone exceeds a request and of which this is a part."""
    part: int = 0
    """0 for whole assets or the first part of one, above for its further parts."""

    def info(self, number: int) -> PieceInfo:
        """All about the piece but its bytes, under the number that its batch shall have."""
        return PieceInfo(number, self.asset_type, self.assets, self.findings, len(self.body), self.asset_key, self.part)


class Oversized(msgspec.Struct, frozen=True, gc=False):
    """What no request can hold: a finding, or an asset (``findings`` of it) that is too large even without findings."""

    asset_type: AssetType
    asset_key: bytes
    name: str
    findings: int
    size_bytes: int
    limit_bytes: int

    def error(self) -> LimitExceededError:
        return LimitExceededError(f"bytes of {self.name}", self.limit_bytes, self.size_bytes)


def cut(groups: Iterable[AssetFindings], limits: Limits, *, overhead_bytes: int) -> Iterator[Piece | Oversized]:
    """Pieces as they fill, with what had to be left out where it came.

    An asset is in one piece unless it alone exceeds one; then its parts follow one another, the first with ``part`` 0, and
    no other asset is with them. Every finding is in exactly one piece or one `Oversized`. Holds one open body per asset type.
    ``overhead_bytes`` is what a request adds to its assets: see `scanner.batching.overhead_bytes`.
    """
    room = limits.max_body_bytes - overhead_bytes
    bodies: dict[AssetType, _OpenBody] = {}
    for group in groups:
        size = asset_bytes(group.head, group.findings)
        if size + _BRACKETS > room:
            yield from _parts(group, room)
            continue
        body = bodies.setdefault(group.type, _OpenBody(group.type))
        if body.assets and (len(body.assets) >= limits.max_assets or body.size_with(size) > room):
            yield body.close()
        body.add(group, size)
    yield from (body.close() for body in bodies.values() if body.assets)


class _OpenBody:
    """Assets of one type that wait for more of them."""

    def __init__(self, asset_type: AssetType) -> None:
        self.asset_type = asset_type
        self._clear()

    def _clear(self) -> None:
        self.assets: list[bytes] = []
        self._findings = 0
        self._size = _BRACKETS

    def size_with(self, asset_size: int) -> int:
        return self._size + asset_size + bool(self.assets)

    def add(self, group: AssetFindings, asset_size: int) -> None:
        self._size = self.size_with(asset_size)
        self.assets.append(asset_json(group.head, group.findings))
        self._findings += len(group.findings)

    def close(self) -> Piece:
        piece = Piece(self.asset_type, len(self.assets), self._findings, assets_json(self.assets))
        self._clear()
        return piece


def _parts(group: AssetFindings, room: int) -> Iterator[Piece | Oversized]:
    space = room - _BRACKETS - asset_bytes(group.head, ())
    if space < 0:
        name = asset_name(group.head + b"}")
        yield Oversized(group.type, group.key, name, len(group.findings), asset_bytes(group.head, ()), room)
        return
    part, used = 0, 0
    chunk: list[bytes] = []
    for finding in group.findings:
        if len(finding) > space:
            yield Oversized(group.type, group.key, finding_name(finding), 1, len(finding), space)
            continue
        if chunk and used + 1 + len(finding) > space:
            yield _part(group, chunk, part)
            part, used, chunk = part + 1, 0, []
        used += len(finding) + bool(chunk)
        chunk.append(finding)
    if chunk or part == 0:
        yield _part(group, chunk, part)


def _part(group: AssetFindings, findings: list[bytes], part: int) -> Piece:
    return Piece(group.type, 1, len(findings), assets_json((asset_json(group.head, findings),)), group.key, part)
