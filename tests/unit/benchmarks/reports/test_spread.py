from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.reports.spread import in_order, mixed, spread


@given(st.integers(1, 300), st.integers(0, 5_000), st.integers(0, 10))
def test_every_asset_has_its_share_and_nothing_is_lost(assets: int, more: int, seed: int) -> None:
    counts = spread(assets + more, assets, Random(seed))
    assert len(counts) == assets
    assert sum(counts) == assets + more
    assert min(counts) >= 1


def test_two_assets_have_a_tenth_each() -> None:
    largest = sorted(spread(100_000, 1_000, Random(1)))[-2:]
    assert all(9_500 <= count <= 10_500 for count in largest)


def test_fewer_findings_than_assets_are_refused() -> None:
    with pytest.raises(ValueError, match="3 findings cannot be spread over 4 assets"):
        spread(3, 4, Random(1))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_mixing_keeps_each_finding_once(counts: list[int]) -> None:
    assert Counter(mixed(counts)) == Counter(in_order(counts))
