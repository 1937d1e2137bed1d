"""Pauses between repetitions."""

import pytest

from scanner.phoenix.errors import PhoenixUnavailableError
from scanner.phoenix.retrying import Repetitions, RetryPolicy

TROUBLE = PhoenixUnavailableError("boom", 500)


@pytest.mark.parametrize(("chance", "share"), [(0.0, 0.5), (1.0, 1.0)])
def test_pauses_double_up_to_the_longest_and_are_spread(chance, share):
    repetitions = Repetitions(RetryPolicy(failures=5, first_pause_seconds=1, longest_pause_seconds=6))

    pauses = [repetitions.pause(TROUBLE, chance=chance) for _ in range(6)]

    assert pauses == [1 * share, 2 * share, 4 * share, 6 * share, 6 * share, None]


def test_many_repetitions_are_no_overflow():
    repetitions = Repetitions(RetryPolicy(failures=5000))

    assert {repetitions.pause(TROUBLE, chance=1) for _ in range(5000)} <= {0.5, 1, 2, 4, 8, 16, 32, 60}


@pytest.mark.parametrize(("asked", "pause"), [(0.0, 0.25), (20.0, 20.0), (1e9, 300.0)])
def test_retry_after_is_the_least_within_reason(asked, pause):
    assert Repetitions(RetryPolicy()).pause(PhoenixUnavailableError("busy", 429, asked), chance=0) == pause
