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
from scanner.collecting import AssetBlock, absorb, fresh, head, in_place_of_none
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


class Regrouping:
    """The pieces of one share of a partition, from the packed blocks of all shards in their order.

    Reads the blocks one by one, twice: how large an asset is has to be known before it is cut, and what it is before its first
    part leaves. An asset counts as large as it is with its duplicates. Memory: one block; the blocks' assets; the findings of
    those that are the share's own; one body of each that is divided; a number per finding, by which it is known again.
    """

    def __init__(
        self, blocks: Blocks, options: ImportOptions, limits: Limits, overhead_bytes: int, share: Share = WHOLE
    ) -> None:
        self._blocks, self._options, self._limits, self._share = blocks, options, limits, share
        self._overhead = overhead_bytes
        self._own: dict[bytes, AssetFindings] = {}
        self._divided: dict[bytes, AssetParts] = {}
        self._known: dict[bytes, set[int]] = {}
        self.duplicates = 0
        """Findings that Phoenix would take for another one of their asset; known when all pieces are made."""

    def pieces(self) -> Iterator[Piece | Oversized]:
        """Those of divided assets as they fill, then the others. Raises `LimitExceededError` where cutting is not allowed."""
        self._divide()
        for block in self._blocks():
            for packed in _packed_assets.decode(block):
                if packed.key in self._divided:
                    yield from self._divided[packed.key].add(self._fresh(packed, self._share))
                elif packed.key in self._own:
                    self._own[packed.key].findings += self._fresh(packed, WHOLE)
            self._require_one_request()
        for parts in self._divided.values():
            yield from parts.close()
        for group in self._own.values():
            group.findings = group.findings or in_place_of_none(self._options)
        self._require_one_request()
        yield from cut((self._own[key] for key in sorted(self._own)), self._limits, overhead_bytes=self._overhead)

    def _divide(self) -> None:
        """Tells assets that no request can hold from those of which some are this share's own."""
        assets: dict[bytes, Asset] = {}
        sizes: Counter[bytes] = Counter()
        for block in self._blocks():
            for packed in _packed_assets.decode(block):
                sizes[packed.key] += packed.size
                if packed.key in assets:
                    absorb(assets[packed.key], packed.asset)
                else:
                    assets[packed.key] = packed.asset
        room = self._limits.max_body_bytes - self._overhead
        for key, asset in assets.items():
            bare = AssetFindings(key, asset.type, head(asset), [])
            if self._options.enable_batching and 0 <= space_beside(bare.head, room) < sizes[key] - len(","):
                self._divided[key] = AssetParts(bare, room, first=self._share.number * PARTS_PER_SHARE)
            elif int.from_bytes(key[8:]) % self._share.of == self._share.number:
                self._own[key] = bare

    def _require_one_request(self) -> None:
        if not self._options.enable_batching:
            require_one_request(self._own.values(), self._limits, overhead_bytes=self._overhead)

    def _fresh(self, packed: _PackedAsset, share: Share) -> list[bytes]:
        known = self._known.setdefault(packed.key, set())
        new = []
        for found in _unpacked(packed, share):
            new += fresh(found.findings, found.identities, known)
            self.duplicates += len(found.findings)
        self.duplicates -= len(new)
        return new


def _unpacked(packed: _PackedAsset, share: Share) -> Iterator[_Slice]:
    """The share's slices of an asset; of findings that are not sliced those that would be in them."""
    if len(packed.slices) == SLICES:
        yield from map(_unpack_slice, packed.slices[share.number :: share.of])
        return
    (found,) = map(_unpack_slice, packed.slices)
    if share.of > 1:
        chosen = [_slice_of(identity) % share.of == share.number for identity in found.identities]
        found = _Slice(list(compress(found.findings, chosen)), list(compress(found.identities, chosen)))
    yield found
