"""From encoded findings, grouped by asset, to request bodies and the order in which they may leave.

Pure: no clock, no network. An import that is cut by `cut`, sent as `order` says and cut again by `split` where Phoenix finds
a body too large leaves the assessment as one giant request would have.
"""

from scanner.batching.bodies import overhead_bytes, request_body
from scanner.batching.cutting import AssetFindings, AssetParts, Limits, Oversized, Piece, cut, space_beside
from scanner.batching.ordering import PieceInfo, PlannedBatch, order
from scanner.batching.splitting import Half, split
from scanner.batching.uncut import require_one_request

__all__ = [
    "AssetFindings",
    "AssetParts",
    "Half",
    "Limits",
    "Oversized",
    "Piece",
    "PieceInfo",
    "PlannedBatch",
    "cut",
    "order",
    "overhead_bytes",
    "request_body",
    "require_one_request",
    "space_beside",
    "split",
]
