"""From encoded findings, grouped by asset, to request bodies and the order in which they may leave.

Pure: no clock, no network. An import that is cut by `cut`, sent as `order` says and cut again by `split` where Phoenix finds
a body too large leaves the assessment as one giant request would have.
"""

from scanner.batching.bodies import overhead_bytes, request_body
from scanner.batching.cutting import AssetFindings, Limits, Oversized, Piece, cut
from scanner.batching.ordering import PieceInfo, PlannedBatch, order
from scanner.batching.splitting import Half, split

__all__ = [
    "AssetFindings",
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
    "split",
]
