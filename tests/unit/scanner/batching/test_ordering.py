"""The plan: what goes as what, and what waits for what."""

import pytest

from scanner.batching import PieceInfo, order
from scanner.model import AssetType, ImportType


def piece(
    place: int, *, size: int = 100, key: bytes | None = None, part: int = 0, asset_type: AssetType = AssetType.WEB
) -> PieceInfo:
    return PieceInfo(place, asset_type, 1, 1, size, key, part)


def plan(pieces: list[PieceInfo], import_type: ImportType) -> list[tuple[int, str, tuple[int, ...]]]:
    """By places, as a piece has no number before it is ordered."""
    batches = order(pieces, import_type)
    assert [batch.number for batch in batches] == [*range(1, len(pieces) + 1)]
    assert all(need < batch.number for batch in batches for need in batch.needs)
    places = {batch.number: batch.piece.place for batch in batches}
    return [(batch.piece.place, batch.import_type.value, tuple(places[need] for need in batch.needs)) for batch in batches]


def test_of_a_new_import_the_smallest_goes_as_new_and_all_others_wait_for_it_as_merge():
    assert plan([piece(0), piece(1, size=10), piece(2)], ImportType.NEW) == [
        (1, "new", ()),
        (0, "merge", (1,)),
        (2, "merge", (1,)),
    ]


def test_further_parts_go_as_delta_after_a_first_part_that_closes():
    pieces = [piece(0, key=b"a"), piece(1, size=1, key=b"a", part=1), piece(2, size=50)]

    assert plan(pieces, ImportType.NEW) == [(2, "new", ()), (0, "merge", (2,)), (1, "delta", (0,))]
    assert plan(pieces, ImportType.MERGE) == [(0, "merge", ()), (2, "merge", ()), (1, "delta", (0,))]
    assert plan(pieces, ImportType.DELTA) == [(0, "delta", ()), (2, "delta", ()), (1, "delta", ())]


def test_a_first_part_may_lead():
    assert plan([piece(0, key=b"a", part=1), piece(1, key=b"a")], ImportType.NEW) == [(1, "new", ()), (0, "delta", (1,))]


def test_merge_and_delta_wait_for_nothing():
    assert plan([piece(0), piece(1)], ImportType.MERGE) == [(0, "merge", ()), (1, "merge", ())]
    assert plan([piece(0), piece(1)], ImportType.DELTA) == [(0, "delta", ()), (1, "delta", ())]


def test_asset_types_are_planned_apart():
    pieces = [piece(0), piece(1), piece(2, asset_type=AssetType.BUILD), piece(3, asset_type=AssetType.BUILD)]

    assert plan(pieces, ImportType.NEW) == [(0, "new", ()), (2, "new", ()), (1, "merge", (0,)), (3, "merge", (2,))]


def test_the_same_key_in_two_asset_types_is_two_assets():
    pieces = [piece(0, key=b"a"), piece(1, key=b"a", part=1, asset_type=AssetType.BUILD)]

    with pytest.raises(ValueError, match="first part is missing"):
        order(pieces, ImportType.MERGE)


def test_places_that_occur_twice_are_refused():
    with pytest.raises(ValueError, match="same place"):
        order([piece(0), piece(0)], ImportType.MERGE)


def test_nothing_to_send_is_an_empty_plan():
    assert order([], ImportType.NEW) == []
