"""What shards have collected, on its way to requests: packed, divided once more where it is too much, and joined by asset.

Shards divide their findings among partitions by asset. A partition that turns out too large, as that of an asset with most of a
report's findings, is planned in several *shares*: an asset that fits a request is in one of them; one that does not is in all
of them, divided by what tells its findings apart, so that equal ones still meet.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import compress
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from scanner.batching import AssetFindings, AssetParts, Limits, Oversized, Piece, cut, require_one_request, space_beside
from scanner.collecting import AssetBlock, absorb, head, in_place_of_none
from scanner.merging import Distinct, Told
from scanner.model import Asset
from scanner.options import ImportOptions

SLICES = 128
"""Into how many slices a block's findings on one asset are divided: a share takes every so many-th and skips the others."""

SLICED_BYTES = 1_000_000
"""Findings of a block on one asset that are worth slices."""

PARTS_PER_SHARE = 1_000_000

Blocks = Callable[[], Iterable[Any]]
"""A partition's packed blocks of all shards, in their order; each time anew."""


class Share(NamedTuple):
    number: int
    of: int
    """At most `SLICES`."""


WHOLE = Share(0, 1)


class _Slice(msgspec.Struct, array_like=True, gc=False):
    findings: list[bytes]
    identities: list[str]


class _SliceIdentities(msgspec.Struct, array_like=True, gc=False):
    """A `_Slice` whose findings nobody needs."""

    findings: msgspec.Raw
    identities: list[str]


class _PackedAsset(msgspec.Struct, array_like=True, gc=False):
    """An `AssetBlock` as one packed `_Slice` or `SLICES` of them. Those that are not asked for are not even looked at."""

    key: bytes
    asset: Asset
    size: int
    """Of the encoded findings, each with a comma."""
    slices: list[memoryview]


def pack(blocks: Iterable[AssetBlock], *, sliced_bytes: int = SLICED_BYTES) -> bytes:
    return _pack([_packed(block, sliced_bytes) for block in blocks])


def _packed(block: AssetBlock, sliced_bytes: int) -> _PackedAsset:
    size = sum(map(len, block.findings)) + len(block.findings)
    slices = [_Slice(block.findings, block.identities)] if size < sliced_bytes else _sliced(block)
    return _PackedAsset(block.key, block.asset, size, [memoryview(_pack(one)) for one in slices])


def _sliced(block: AssetBlock) -> list[_Slice]:
    slices = [_Slice([], []) for _ in range(SLICES)]
    for finding, identity in zip(block.findings, block.identities, strict=True):
        mine = slices[_slice_of(identity)]
        mine.findings.append(finding)
        mine.identities.append(identity)
    return slices


def _slice_of(identity: str) -> int:
    """The same in every process."""
    return crc32(identity.encode()) % SLICES


_pack = msgspec.msgpack.Encoder().encode
_packed_assets = msgspec.msgpack.Decoder(list[_PackedAsset])
_unpack_slice = msgspec.msgpack.Decoder(_Slice).decode
_unpack_identities = msgspec.msgpack.Decoder(_SliceIdentities).decode


class _Divided:
    """An asset that no request can hold: its findings leave as they come, but for those that share an identity."""

    def __init__(self, parts: AssetParts, asset: str, told: Told) -> None:
        self._parts, self._asset, self._told = parts, asset, told
        self._known: set[int] = set()
        self._repeated: set[int] = set()
        self._held = Distinct()

    @property
    def merged(self) -> int:
        return self._held.merged

    def know(self, identities: Iterable[str]) -> None:
        """Each of the asset's findings must be known here before the first of them is added."""
        digests = [*map(hash, identities)]
        unique = set(digests)
        if len(unique) < len(digests):
            self._repeated.update(digest for digest, count in Counter(digests).items() if count > 1)
        self._repeated |= self._known & unique
        self._known |= unique

    def add(self, found: _Slice) -> Iterator[Piece | Oversized]:
        self._known.clear()
        if self._repeated:
            held = [hash(identity) in self._repeated for identity in found.identities]
            self._held.add(list(compress(found.findings, held)), list(compress(found.identities, held)))
            found.findings = [finding for finding, is_held in zip(found.findings, held, strict=True) if not is_held]
        yield from self._parts.add(found.findings)

    def close(self) -> Iterator[Piece | Oversized]:
        yield from self._parts.add(self._held.findings(self._asset, self._told))
        yield from self._parts.close()


class Regrouping:
    """The pieces of one share of a partition, from the packed blocks of all shards in their order.

    Reads the blocks one by one, twice: how large an asset is has to be known before it is cut, and what it is before its first
    part leaves; and the identities once more where an asset is divided, for one finding to stand for all of an identity. An
    asset counts as large as it is before that. Memory: one block; the blocks' assets; the findings of those that are the
    share's own; one body of each that is divided, and what shares an identity there; two numbers per finding.
    """

    def __init__(
        self, blocks: Blocks, options: ImportOptions, limits: Limits, overhead_bytes: int, share: Share = WHOLE
    ) -> None:
        self._blocks, self._options, self._limits, self._share = blocks, options, limits, share
        self._overhead = overhead_bytes
        self._own: dict[bytes, AssetFindings] = {}
        self._distinct: dict[bytes, Distinct] = {}
        self._divided: dict[bytes, _Divided] = {}
        self._names: dict[bytes, str] = {}
        self.told = Told()
        """Of findings that another one stands for; complete when all pieces are made."""

    @property
    def merged(self) -> int:
        """Findings that another one of their asset stands for; known when all pieces are made."""
        own = sum(distinct.merged for distinct in self._distinct.values())
        return own + sum(divided.merged for divided in self._divided.values())

    def pieces(self) -> Iterator[Piece | Oversized]:
        """Those of divided assets as they fill, then the others. Raises `LimitExceededError` where cutting is not allowed."""
        self._divide()
        self._know_identities()
        for packed in self._packed():
            if packed.key in self._divided:
                for found in _unpacked(packed, self._share):
                    yield from self._divided[packed.key].add(found)
            elif packed.key in self._own:
                for found in _unpacked(packed, WHOLE):
                    self._distinct[packed.key].add(found.findings, found.identities)
        for divided in self._divided.values():
            yield from divided.close()
        for key, group in self._own.items():
            group.findings = self._distinct[key].findings(self._names[key], self.told) or in_place_of_none(self._options)
        self._require_one_request()
        yield from cut((self._own[key] for key in sorted(self._own)), self._limits, overhead_bytes=self._overhead)

    def _packed(self) -> Iterator[_PackedAsset]:
        for block in self._blocks():
            yield from _packed_assets.decode(block)
            self._require_one_request()

    def _divide(self) -> None:
        """Tells assets that no request can hold from those of which some are this share's own."""
        assets: dict[bytes, Asset] = {}
        sizes: Counter[bytes] = Counter()
        for packed in self._packed():
            sizes[packed.key] += packed.size
            if packed.key in assets:
                absorb(assets[packed.key], packed.asset)
            else:
                assets[packed.key] = packed.asset
        room = self._limits.max_body_bytes - self._overhead
        for key, asset in assets.items():
            bare = AssetFindings(key, asset.type, head(asset), [])
            if self._options.enable_batching and 0 <= space_beside(bare.head, room) < sizes[key] - len(","):
                parts = AssetParts(bare, room, first=self._share.number * PARTS_PER_SHARE)
                self._divided[key] = _Divided(parts, asset.name, self.told)
            elif int.from_bytes(key[8:]) % self._share.of == self._share.number:
                self._own[key], self._names[key] = bare, asset.name
                self._distinct[key] = Distinct(bare.findings)

    def _know_identities(self) -> None:
        for packed in self._packed() if self._divided else ():
            if packed.key in self._divided:
                for identities in _identities(packed, self._share):
                    self._divided[packed.key].know(identities)

    def _require_one_request(self) -> None:
        if not self._options.enable_batching:
            require_one_request(self._own.values(), self._limits, overhead_bytes=self._overhead)


def _unpacked(packed: _PackedAsset, share: Share) -> Iterator[_Slice]:
    """The share's slices of an asset; of findings that are not sliced those that would be in them."""
    if len(packed.slices) == SLICES:
        yield from map(_unpack_slice, packed.slices[share.number :: share.of])
        return
    (found,) = map(_unpack_slice, packed.slices)
    if share.of > 1:
        chosen = [_is_of(share, identity) for identity in found.identities]
        found = _Slice(list(compress(found.findings, chosen)), list(compress(found.identities, chosen)))
    yield found


def _identities(packed: _PackedAsset, share: Share) -> Iterator[list[str]]:
    """Those of `_unpacked`, without looking at the findings."""
    is_sliced = len(packed.slices) == SLICES
    for identities in map(_unpack_identities, packed.slices[share.number :: share.of] if is_sliced else packed.slices):
        known = identities.identities
        yield known if is_sliced or share.of == 1 else [identity for identity in known if _is_of(share, identity)]


def _is_of(share: Share, identity: str) -> bool:
    return _slice_of(identity) % share.of == share.number
