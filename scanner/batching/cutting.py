"""Assets with their findings into request bodies within the limits."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

import msgspec

from scanner.batching.bodies import ASSETS_CLOSE, ASSETS_OPEN, asset_bytes, asset_pieces, assets_json
from scanner.batching.naming import asset_name, finding_name
from scanner.batching.ordering import PieceInfo
from scanner.errors import LimitExceededError
from scanner.model import AssetType

_BRACKETS = len(ASSETS_OPEN) + len(ASSETS_CLOSE)
_FIRST_PART = 16
"""The first part of an asset takes so many-th of a request: all others wait until it is imported."""


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

    def info(self, place: int) -> PieceInfo:
        """All about the piece but its bytes, and where those are."""
        return PieceInfo(place, self.asset_type, self.assets, self.findings, len(self.body), self.asset_key, self.part)


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
        sizes = [*map(len, group.findings)]
        size = asset_bytes(group.head, sizes)
        if size + _BRACKETS > room:
            parts = AssetParts(group, room)
            yield from parts.add(group.findings, sizes)
            yield from parts.close()
            continue
        body = bodies.setdefault(group.type, _OpenBody(group.type))
        if body.assets and (body.assets >= limits.max_assets or body.size_with(size) > room):
            yield body.close()
        body.add(group, size)
    yield from (body.close() for body in bodies.values() if body.assets)


class _OpenBody:
    """Assets of one type that wait for more of them."""

    def __init__(self, asset_type: AssetType) -> None:
        self.asset_type = asset_type
        self._clear()

    def _clear(self) -> None:
        self.assets = 0
        self._pieces: list[bytes] = []
        self._findings = 0
        self._size = _BRACKETS

    def size_with(self, asset_size: int) -> int:
        return self._size + asset_size + bool(self.assets)

    def add(self, group: AssetFindings, asset_size: int) -> None:
        self._size = self.size_with(asset_size)
        self.assets += 1
        self._pieces += asset_pieces(group.head, group.findings)
        self._findings += len(group.findings)

    def close(self) -> Piece:
        piece = Piece(self.asset_type, self.assets, self._findings, assets_json(self._pieces))
        self._clear()
        return piece


def space_beside(head: bytes, room: int) -> int:
    """Bytes for findings where the asset is alone in a body of ``room``; negative where not even its head fits."""
    return room - _BRACKETS - asset_bytes(head, ())


class AssetParts:
    """The parts of an asset that alone exceeds a request, as they fill from what is added. The first is short. Holds one.

    ``first`` is the number of the first. Parts of one asset may be made in several places: the one that has number 0 makes that
    part in any case, the others where they have findings.
    """

    def __init__(self, asset: AssetFindings, room: int, *, first: int = 0) -> None:
        self._key, self._type, self._head, self._room = asset.key, asset.type, asset.head, room
        self._space = space_beside(asset.head, room)
        self._part = first
        self._findings: list[bytes] = []
        self._used = 0
        """Bytes of these findings, each with a comma."""
        self._homeless = 0

    def add(self, findings: Sequence[bytes], sizes: Sequence[int] | None = None) -> Iterator[Piece | Oversized]:
        """``sizes`` are those of the findings, where they are known: most findings have left the processor's cache."""
        if self._space < 0:
            self._homeless += len(findings)
            return
        sizes = [*map(len, findings)] if sizes is None else sizes
        if max(sizes, default=0) > self._space:
            yield from (self._oversized(finding) for finding in findings if len(finding) > self._space)
            findings = [finding for finding in findings if len(finding) <= self._space]
            sizes = [*map(len, findings)]
        ends = [0, *accumulate(size + len(",") for size in sizes)]
        start = 0
        while start < len(findings):
            end = bisect_right(ends, ends[start] + self._most() + len(",") - self._used) - 1
            if end <= start and self._findings:
                yield self._close_part()
                continue
            end = max(end, start + 1)  # the first finding may be longer than the first part should be
            self._findings += findings[start:end]
            self._used += ends[end] - ends[start]
            start = end

    def close(self) -> Iterator[Piece | Oversized]:
        if self._space < 0:
            name = asset_name(self._head + b"}")
            yield Oversized(self._type, self._key, name, self._homeless, asset_bytes(self._head, ()), self._room)
        elif self._findings or self._part == 0:
            yield self._close_part()

    def _most(self) -> int:
        return self._space if self._part else self._space // _FIRST_PART

    def _oversized(self, finding: bytes) -> Oversized:
        return Oversized(self._type, self._key, finding_name(finding), 1, len(finding), self._space)

    def _close_part(self) -> Piece:
        body = assets_json(asset_pieces(self._head, self._findings))
        piece = Piece(self._type, 1, len(self._findings), body, self._key, self._part)
        self._part, self._used, self._findings = self._part + 1, 0, []
        return piece
