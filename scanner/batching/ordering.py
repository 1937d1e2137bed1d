"""In which order pieces may be sent, and as what, so that together they do what one giant request would have done."""

from collections.abc import Iterable, Sequence

import msgspec

from scanner.model import AssetType, ImportType


class PieceInfo(msgspec.Struct, frozen=True, gc=False):
    """A piece without its bytes, so that pieces made on many machines can be ordered in one place."""

    place: int
    """Where its maker has put its bytes: unique among the pieces that are ordered together, and of no meaning beyond that."""
    asset_type: AssetType
    assets: int
    findings: int
    size_bytes: int
    asset_key: bytes | None = None
    part: int = 0


class PlannedBatch(msgspec.Struct, frozen=True, gc=False):
    """A piece with its number, the import type of its request and the batches that must be IMPORTED before it leaves."""

    number: int
    piece: PieceInfo
    import_type: ImportType
    needs: tuple[int, ...]


def order(pieces: Sequence[PieceInfo], import_type: ImportType) -> list[PlannedBatch]:
    """The plan of an import, by the rules 2 to 5 of cutting: batches numbered from 1.

    No batch stands before one that it needs, and those that others need stand first, so sending from the front keeps the
    most requests possible. Batches of different asset types never need one another. Raises ValueError for a place that
    occurs twice and for a further part whose first part is not there.

    Sending a batch again is safe until a batch that needs it has left.
    """
    if len({piece.place for piece in pieces}) != len(pieces):
        raise ValueError("two pieces have the same place")
    leaders = _leaders(pieces) if import_type is ImportType.NEW else {}

    def rank(piece: PieceInfo) -> tuple[int, int]:
        if piece.part > 0:
            return 3, piece.place
        if piece is leaders.get(piece.asset_type):
            return 0, piece.place
        return (1 if _is_first_part(piece) else 2), piece.place

    ordered = list(enumerate(sorted(pieces, key=rank), start=1))
    numbers = {piece.place: number for number, piece in ordered}
    first_parts = {(piece.asset_type, piece.asset_key): number for number, piece in ordered if _is_first_part(piece)}

    def planned(number: int, piece: PieceInfo) -> PlannedBatch:
        leader = leaders.get(piece.asset_type)
        needs: tuple[int, ...] = ()
        sent_as = import_type
        if piece.part > 0:
            if (piece.asset_type, piece.asset_key) not in first_parts:
                raise ValueError(f"piece {piece.place} is a further part of an asset whose first part is missing")
            first = first_parts[piece.asset_type, piece.asset_key]
            sent_as, needs = ImportType.DELTA, () if import_type is ImportType.DELTA else (first,)
        elif leader is not None and piece is not leader:
            sent_as, needs = ImportType.MERGE, (numbers[leader.place],)
        return PlannedBatch(number, piece, sent_as, needs)

    return [planned(number, piece) for number, piece in ordered]


def _is_first_part(piece: PieceInfo) -> bool:
    return piece.asset_key is not None and piece.part == 0


def _leaders(pieces: Iterable[PieceInfo]) -> dict[AssetType, PieceInfo]:
    """Per asset type the piece that goes as ``new``: the smallest, since all others wait for it; never a further part."""
    smallest: dict[AssetType, PieceInfo] = {}
    for piece in pieces:
        known = smallest.get(piece.asset_type)
        if piece.part == 0 and (known is None or (piece.size_bytes, piece.place) < (known.size_bytes, known.place)):
            smallest[piece.asset_type] = piece
    return smallest
