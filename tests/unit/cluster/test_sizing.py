"""A report is divided so that blocks are worth an object, and nothing but the number of pieces grows with it."""

import pytest

from cluster.resources import BLOCK_BYTES, LARGEST_PARTITION_BYTES, PARTITION_BYTES, SHARE_BYTES
from cluster.sizing import divide, evenly, shares
from scanner.regrouping import SLICES, Share

SHARD_BYTES = 16_000_000


@pytest.mark.parametrize("report_bytes", [1, 10**8, 5 * 10**9, 5 * 10**10, 10**11])
def test_blocks_are_worth_an_object_and_partitions_fit_a_task(report_bytes: int) -> None:
    division = divide(report_bytes, SHARD_BYTES)
    assert division.partitions >= 1
    assert report_bytes / division.partitions <= 4 * PARTITION_BYTES
    shards = -(-report_bytes // division.shard_bytes)
    assert division.partitions == 1 or report_bytes / (shards * division.partitions) > BLOCK_BYTES * 0.7


def test_usual_reports_have_usual_shards() -> None:
    assert divide(10**9, SHARD_BYTES) == (SHARD_BYTES, 30)
    assert divide(0, SHARD_BYTES) == (SHARD_BYTES, 1)


@pytest.mark.parametrize(
    ("document_bytes", "shards"),
    [(0, 0), (1, 1), (SHARD_BYTES, 1), (SHARD_BYTES + 1, 2), (40_000_000, 4), (100_000_000, 8), (10**9, 64)],
)
def test_shards_of_a_document_are_about_the_same(document_bytes: int, shards: int) -> None:
    shard_bytes = evenly(document_bytes, SHARD_BYTES)
    assert 1 <= shard_bytes <= SHARD_BYTES * 1.01 + 1
    assert -(-document_bytes // shard_bytes) == shards
    assert shards * shard_bytes - document_bytes <= document_bytes / 100 + shards


def test_very_large_reports_have_larger_shards() -> None:
    assert SHARD_BYTES < divide(10**11, SHARD_BYTES).shard_bytes < 8 * SHARD_BYTES


@pytest.mark.parametrize("partition_bytes", [0, 10**7, PARTITION_BYTES, 10**8, 418 * 10**6, 10**9, 10**11])
def test_what_is_too_large_is_planned_in_shares_that_fill_a_request(partition_bytes: int) -> None:
    divided = shares(partition_bytes)
    of = len(divided)
    assert divided == [Share(number, of) for number in range(of)]
    assert 1 <= of <= SLICES
    assert of > 1 or partition_bytes <= LARGEST_PARTITION_BYTES
    largest = -(-SLICES // of) * partition_bytes / SLICES
    assert of in (1, SLICES) or SHARE_BYTES / 2 < largest <= SHARE_BYTES
