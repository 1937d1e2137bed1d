"""An import that its sender wants in one request."""

from collections import Counter
from collections.abc import Iterable

from scanner.batching.bodies import ASSETS_CLOSE, ASSETS_OPEN, asset_bytes
from scanner.batching.cutting import AssetFindings, Limits
from scanner.errors import LimitExceededError
from scanner.model import AssetType


def require_one_request(groups: Iterable[AssetFindings], limits: Limits, *, overhead_bytes: int) -> None:
    """Raises `LimitExceededError` where the assets of a type do not fit one request: a request can carry but one type."""
    assets: Counter[AssetType] = Counter()
    sizes: Counter[AssetType] = Counter()
    for group in groups:
        assets[group.type] += 1
        sizes[group.type] += asset_bytes(group.head, [*map(len, group.findings)]) + len(",")
    for asset_type, found in assets.items():
        if found > limits.max_assets:
            raise LimitExceededError("assets in one request, and enable_batching is off", limits.max_assets, found)
        size = sizes[asset_type] + overhead_bytes + len(ASSETS_OPEN + ASSETS_CLOSE)
        if size > limits.max_body_bytes:
            raise LimitExceededError("bytes in one request, and enable_batching is off", limits.max_body_bytes, size)
