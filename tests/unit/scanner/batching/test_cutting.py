"""Cutting loses nothing, keeps an asset together where it can, and stays within the limits."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.batching import AssetFindings, Limits, Oversized, Piece, cut, overhead_bytes, request_body
from scanner.model import AssetType, ImportType

OVERHEAD = overhead_bytes("nightly")


def finding(name: str, padding: int = 0) -> bytes:
    return msgspec.json.encode({"name": name, "location": "x" * padding})


def group(name: str, findings: list[bytes], asset_type: AssetType = AssetType.CONTAINER) -> AssetFindings:
    head = msgspec.json.encode({"attributes": {"dockerfile": name}})[:-1]
    return AssetFindings(name.encode(), asset_type, head, findings)


def room_for(size: int, *, assets: int = 500) -> Limits:
    return Limits(max_assets=assets, max_body_bytes=OVERHEAD + size)


def names(piece: Piece) -> list[tuple[str, list[str]]]:
    return [(a["attributes"]["dockerfile"], [f["name"] for f in a["findings"]]) for a in msgspec.json.decode(piece.body)]


@given(
    groups=st.lists(
        st.tuples(st.sampled_from([AssetType.CONTAINER, AssetType.BUILD]), st.lists(st.integers(0, 300), max_size=12)),
        max_size=25,
    ),
    size=st.integers(60, 900),
    max_assets=st.integers(1, 6),
)
def test_every_finding_is_in_exactly_one_piece_or_left_out_by_name(groups, size, max_assets):
    given_groups = [
        group(f"image{i}", [finding(f"F{i}.{j}", p) for j, p in enumerate(paddings)], asset_type)
        for i, (asset_type, paddings) in enumerate(groups)
    ]
    types = {g.key.decode(): g.type for g in given_groups}
    limits = room_for(size, assets=max_assets)

    results = list(cut(given_groups, limits, overhead_bytes=OVERHEAD))

    pieces = [r for r in results if isinstance(r, Piece)]
    left_out = [r for r in results if isinstance(r, Oversized)]
    sent = [(asset, f) for piece in pieces for asset, found in names(piece) for f in found]
    assert len(sent) == len(set(sent))
    assert len(sent) + sum(o.findings for o in left_out) == sum(len(g.findings) for g in given_groups)
    whole_assets = [asset for piece in pieces if piece.asset_key is None for asset, _ in names(piece)]
    first_parts = [names(piece)[0][0] for piece in pieces if piece.asset_key is not None and piece.part == 0]
    without_room = [o.asset_key.decode() for o in left_out if o.name.startswith("asset")]
    assert sorted(whole_assets + first_parts + without_room) == sorted(g.key.decode() for g in given_groups)
    for piece in pieces:
        body = request_body(ImportType.MERGE, "nightly", piece.asset_type, piece.body)
        assert len(body) <= limits.max_body_bytes
        assert piece.assets == len(names(piece)) <= max_assets
        assert piece.findings == sum(len(found) for _, found in names(piece))
        assert {types[asset] for asset, _ in names(piece)} == {piece.asset_type}


def test_small_assets_share_a_piece_up_to_the_number_allowed():
    pieces = list(cut([group(f"i{n}", [finding("A")]) for n in range(5)], Limits(max_assets=2), overhead_bytes=OVERHEAD))

    assert [piece.assets for piece in pieces] == [2, 2, 1]
    assert {piece.asset_key for piece in pieces} == {None}


def test_a_body_may_fill_its_room_to_the_last_byte():
    groups = [group("a", [finding("A")]), group("b", [finding("B")])]
    (piece,) = cut(groups, Limits(), overhead_bytes=OVERHEAD)

    assert len(list(cut(groups, room_for(len(piece.body)), overhead_bytes=OVERHEAD))) == 1
    assert len(list(cut(groups, room_for(len(piece.body) - 1), overhead_bytes=OVERHEAD))) == 2


def test_an_asset_too_large_for_one_body_becomes_numbered_parts_alone_with_their_asset():
    large = group("large", [finding(f"F{n}", 100) for n in range(5)])

    pieces = list(cut([group("a", []), large, group("b", [])], room_for(350), overhead_bytes=OVERHEAD))

    parts = [piece for piece in pieces if piece.asset_key == b"large"]
    assert [piece.part for piece in parts] == list(range(len(parts)))
    assert [f for piece in parts for _, found in names(piece) for f in found] == ["F0", "F1", "F2", "F3", "F4"]
    assert [names(piece) for piece in pieces if piece.asset_key is None] == [[("a", []), ("b", [])]]


def test_the_first_part_for_which_the_others_wait_is_short():
    large = group("large", [finding(f"F{n}", 100) for n in range(200)])
    first, *others = cut([large], room_for(10_000), overhead_bytes=OVERHEAD)
    assert 0 < len(first.body) <= 10_000 / 16 + 2 * 150
    assert all(len(piece.body) > 9_000 for piece in others[:-1])


def test_a_finding_too_large_for_any_body_is_named_and_the_others_go_on():
    found = [finding("A"), finding("HUGE", 5000), finding("B")]
    oversized, *pieces = cut([group("a", found)], room_for(300), overhead_bytes=OVERHEAD)

    assert isinstance(oversized, Oversized)
    assert oversized.name.startswith("finding HUGE at xxx")
    assert len(oversized.name) == 120
    assert oversized.size_bytes > oversized.limit_bytes
    assert "finding HUGE" in str(oversized.error())
    assert [names(piece) for piece in pieces] == [[("a", ["A"])], [("a", ["B"])]]


def test_an_asset_too_large_even_without_findings_is_named_with_how_many_it_takes_along():
    (oversized,) = cut([group("i" * 500, [finding("A"), finding("B")])], room_for(300), overhead_bytes=OVERHEAD)

    assert isinstance(oversized, Oversized)
    assert oversized.findings == 2
    assert oversized.name.startswith("asset dockerfile=iii")


def test_an_asset_whose_findings_are_all_too_large_is_still_sent():
    _, piece = cut([group("a", [finding("HUGE", 5000)])], room_for(300), overhead_bytes=OVERHEAD)

    assert names(piece) == [("a", [])]


def test_pieces_come_while_assets_still_arrive():
    def endless():
        n = 0
        while True:
            yield group(f"image{n}", [finding("A", 100)])
            n += 1

    pieces = cut(endless(), room_for(1000), overhead_bytes=OVERHEAD)

    assert next(pieces).assets > 1


def test_the_request_around_the_assets_is_what_phoenix_reads():
    body = request_body(ImportType.DELTA, 'a "quoted" nämé', AssetType.BUILD, b"[]")

    assert msgspec.json.decode(body) == {
        "importType": "delta",
        "assessment": {"assetType": "BUILD", "name": 'a "quoted" nämé'},
        "assets": [],
    }


@pytest.mark.parametrize("limits", [{"max_assets": 0}, {"max_body_bytes": 0}])
def test_limits_without_room_are_refused(limits):
    with pytest.raises(ValueError, match="room"):
        Limits(**limits)
