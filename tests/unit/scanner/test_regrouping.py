"""However a partition is divided among shares, its findings are sent once each, and leave what one giant request leaves."""

from itertools import count

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.batching import Limits, Oversized, Piece, cut, order, request_body
from scanner.collecting import Collector, regroup
from scanner.errors import LimitExceededError
from scanner.model import Asset, AssetType, Finding, ImportType
from scanner.options import ImportOptions
from scanner.phoenix.sandbox.checks import read_import
from scanner.phoenix.sandbox.state import Assessments
from scanner.regrouping import SLICES, Regrouping, Share, pack

OPTIONS = ImportOptions()
OVERHEAD = 200
KINDS = {AssetType.CONTAINER: "dockerfile", AssetType.BUILD: "buildFile"}

Shard = list[tuple[AssetType, int, int, int]]
"""Asset type, number of the asset, number of the finding and length of its text, of each record."""
records = st.tuples(st.sampled_from(list(KINDS)), st.integers(0, 3), st.integers(0, 60), st.integers(1, 120))
reports = st.lists(st.lists(records, max_size=60), min_size=1, max_size=5)


def collected(records: Shard, options: ImportOptions = OPTIONS) -> Collector:
    collector = Collector(options)
    for asset_type, asset, number, length in records:
        found = Finding(f"CVE-{number}", 5.0, "d" * length, "r", reference_ids=[f"CVE-{number}"])
        collector.add(Asset(asset_type, {KINDS[asset_type]: f"asset {asset}"}), found)
    return collector


def regrouped(
    shards: list[Shard], room: int, *, share_of: int = 1, sliced_bytes: int = 1, options: ImportOptions = OPTIONS
) -> tuple[list[Piece | Oversized], int]:
    blocks = [pack(collected(records, options).blocks()[0], sliced_bytes=sliced_bytes) for records in shards]
    made, merged = [], 0
    for number in range(share_of):
        limits = Limits(max_assets=3, max_body_bytes=OVERHEAD + room)
        regrouping = Regrouping(lambda: blocks, options, limits, OVERHEAD, Share(number, share_of))
        made += list(regrouping.pieces())
        merged += regrouping.merged
    return made, merged


def send(state: Assessments, import_type: ImportType, piece: Piece) -> None:
    request = read_import(request_body(import_type, "nightly", piece.asset_type, piece.body))
    state.apply(request.import_type, request.assessment, request.assets)


def giant(shards: list[Shard]) -> list[Piece | Oversized]:
    whole = regroup(collected([record for records in shards for record in records]).blocks(), OPTIONS)
    return list(cut(whole.assets, Limits(10**6, 10**9), overhead_bytes=0))


@given(
    shards=reports,
    earlier=reports,
    room=st.integers(700, 4_000),
    share_of=st.sampled_from([1, 2, 3, 22, SLICES]),
    sliced_bytes=st.sampled_from([1, 1_000, 10**9]),
    import_type=st.sampled_from(list(ImportType)),
)
def test_shares_together_leave_what_one_giant_request_leaves(shards, earlier, room, share_of, sliced_bytes, import_type):
    expected, actual = Assessments(), Assessments()
    for piece in giant(earlier):
        send(expected, ImportType.NEW, piece)
        send(actual, ImportType.NEW, piece)
    for piece in giant(shards):
        send(expected, import_type, piece)

    made, merged = regrouped(shards, room, share_of=share_of, sliced_bytes=sliced_bytes)
    pieces = dict(enumerate(made))
    for batch in order([piece.info(place) for place, piece in pieces.items()], import_type):
        send(actual, batch.import_type, pieces[batch.piece.place])

    assert actual.snapshot() == expected.snapshot()
    sent = sum(piece.findings for piece in made)
    assert sent == sum(piece.findings for piece in giant(shards))
    assert sent + merged == sum(map(len, shards))


@given(shards=reports, room=st.integers(700, 4_000), share_of=st.sampled_from([1, 8]))
def test_only_an_asset_that_exceeds_a_request_is_divided(shards, room, share_of):
    made, _ = regrouped(shards, room, share_of=share_of)
    whole, _ = regrouped(shards, 10**9)
    sizes = {asset["attributes"].popitem(): len(msgspec.json.encode(asset)) for piece in whole for asset in piece_assets(piece)}
    duplicated = 200 * sum(map(len, shards))
    for piece in made:
        assert len(piece.body) <= room
        if piece.asset_key is not None:
            (asset,) = piece_assets(piece)
            assert sizes[asset["attributes"].popitem()] + duplicated > room
    first = [piece.asset_key for piece in made if piece.asset_key is not None and piece.part == 0]
    assert sorted(first) == sorted({piece.asset_key for piece in made} - {None})


def piece_assets(piece: Piece) -> list[dict]:
    return msgspec.json.decode(piece.body)


LARGE: list[Shard] = [[(AssetType.CONTAINER, 0, number, 100) for number in range(500)] for _ in range(3)]


def test_shares_of_a_large_asset_are_about_equal() -> None:
    made, merged = regrouped(LARGE, 10**6 // 40, share_of=4, sliced_bytes=1_000)
    assert merged == 2 * 500
    per_share = [sum(piece.findings for piece in made if piece.part // 1_000_000 == number) for number in range(4)]
    assert sum(per_share) == 500
    assert max(per_share) < 1.5 * min(per_share)


def test_a_block_is_read_when_it_is_its_turn() -> None:
    """What is planned holds one block, and parts leave before the last is read."""
    shards = [[(AssetType.CONTAINER, 0, number, 100) for number in range(first, first + 500)] for first in (0, 500, 1_000)]
    packed, reads = [pack(collected(shard).blocks()[0]) for shard in shards], count()

    def blocks():
        for block in packed:
            next(reads)
            yield block

    pieces = Regrouping(blocks, OPTIONS, Limits(max_body_bytes=OVERHEAD + 9_000), OVERHEAD).pieces()
    next(pieces)
    assert next(reads) == 3 + 3 + 1


def test_what_may_not_be_cut_is_refused_as_soon_as_it_is_too_much() -> None:
    def blocks():
        yield pack(collected(LARGE[0]).blocks()[0])
        if next(passes):
            raise AssertionError("read on")

    passes = count()
    options = ImportOptions(enable_batching=False)
    with pytest.raises(LimitExceededError, match="enable_batching is off"):
        list(Regrouping(blocks, options, Limits(max_body_bytes=9_000), OVERHEAD).pieces())


def test_a_placeholder_counts_where_cutting_is_not_allowed() -> None:
    options = ImportOptions(enable_batching=False, create_inventory_assets=True)
    collector = Collector(options)
    collector.seen(Asset(AssetType.CONTAINER, {"dockerfile": "clean"}))
    block = pack(collector.blocks()[0])
    (piece,) = Regrouping(lambda: [block], options, Limits(), OVERHEAD).pieces()
    assert isinstance(piece, Piece)
    with pytest.raises(LimitExceededError, match="enable_batching is off"):
        list(Regrouping(lambda: [block], options, Limits(max_body_bytes=len(piece.body)), overhead_bytes=1).pieces())


BARE = len('[{"attributes":{"dockerfile":"asset 0"},"findings":[]}]')


@pytest.mark.parametrize("room", [30, BARE - 2, BARE - 1])
def test_an_asset_whose_head_alone_is_too_large_is_left_out_once(room: int) -> None:
    made, _ = regrouped([[(AssetType.CONTAINER, 0, number, 10) for number in range(9)]], room, share_of=4)
    assert [(type(left), left.findings) for left in made] == [(Oversized, 9)]


def test_an_asset_that_has_room_for_its_head_only_is_sent_without_findings() -> None:
    made, _ = regrouped([[(AssetType.CONTAINER, 0, number, 10) for number in range(9)]], BARE, share_of=4)
    (bare,) = (piece for piece in made if isinstance(piece, Piece))
    assert (bare.part, bare.findings, len(bare.body)) == (0, 0, BARE)
    assert [left.findings for left in made if isinstance(left, Oversized)] == 9 * [1]
