"""How the window follows what Phoenix can bear."""

import pytest

from scanner.phoenix.window import Outcome, RequestWindow, Verdict, WindowLimits

GOOD = Outcome(Verdict.ANSWERED)
THROTTLED = Outcome(Verdict.THROTTLED)


class Rounds:
    """Full round trips of as many requests as the window allows, one second each unless told otherwise."""

    def __init__(self, **limits) -> None:
        self.window = RequestWindow(WindowLimits(**limits))
        self.now = 0.0

    def run(self, outcome: Outcome, *, seconds: float = 1.0) -> float:
        started = 0
        while self.window.wait_seconds(self.now) == 0:
            self.window.start(self.now)
            started += 1
        self.now += seconds
        for _ in range(started):
            self.window.finish(outcome, seconds, self.now)
        return self.size

    @property
    def size(self) -> float:
        return self.window.snapshot(self.now).window


def test_it_doubles_at_first_and_stops_at_the_largest():
    rounds = Rounds(first=2, largest=20)

    # A request that finishes when others have gone no longer proves that the window was full: not all of them count.
    sizes = [rounds.run(GOOD) for _ in range(40)]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 20


def test_a_round_of_429_halves_it_once():
    rounds = Rounds(first=16)

    assert rounds.run(THROTTLED) == 8
    assert rounds.run(THROTTLED) == 4


def test_after_the_first_trouble_it_grows_by_little():
    rounds = Rounds(first=16)
    rounds.run(THROTTLED)

    assert 8 < rounds.run(GOOD) <= 9


def test_it_never_closes():
    rounds = Rounds(first=4)

    assert [rounds.run(THROTTLED) for _ in range(5)][-1] == 1
    assert rounds.window.wait_seconds(rounds.now) == 0


def test_it_does_not_grow_while_hardly_used():
    window = RequestWindow(WindowLimits(first=8))
    for second in range(100):
        window.start(second)
        window.finish(GOOD, 0.5, second + 0.5)

    assert window.snapshot(100).window == 8


def test_what_left_before_the_last_decrease_does_not_let_it_grow():
    window = RequestWindow(WindowLimits(first=2))
    window.start(0)
    window.start(0)
    window.finish(THROTTLED, 1, 1)
    window.finish(GOOD, 1.1, 1.1)

    assert window.snapshot(2).window == 1


def test_trouble_shrinks_it_less_than_a_429():
    assert Rounds(first=16).run(Outcome(Verdict.FAILED)) == 12


def test_what_was_never_sent_changes_nothing():
    assert Rounds(first=16).run(Outcome(Verdict.UNSENT)) == 16


def test_growing_latency_shrinks_it():
    rounds = Rounds(first=8, largest=8)
    alike = Outcome(Verdict.ANSWERED, size_class=20)
    for _ in range(5):
        assert rounds.run(alike, seconds=1) == 8
    assert rounds.run(alike, seconds=9) < 8


@pytest.mark.parametrize("outcome", [Outcome(Verdict.ANSWERED), Outcome(Verdict.ANSWERED, size_class=24)])
def test_latency_is_compared_only_among_alike(outcome):
    rounds = Rounds(first=8, largest=8)
    for _ in range(5):
        rounds.run(Outcome(Verdict.ANSWERED, size_class=10), seconds=1)

    assert rounds.run(outcome, seconds=9) == 8


def test_the_noise_of_short_answers_is_no_growth():
    rounds = Rounds(first=8, largest=8)
    alike = Outcome(Verdict.ANSWERED, size_class=10)
    rounds.run(alike, seconds=0.01)

    assert rounds.run(alike, seconds=0.4) == 8


def test_retry_after_pauses_all_and_a_shorter_one_does_not_end_it_earlier():
    window = RequestWindow(WindowLimits())
    window.start(0)
    window.start(0)
    window.finish(Outcome(Verdict.THROTTLED, 30), 1, 1)
    window.finish(Outcome(Verdict.THROTTLED, 5), 1, 1)

    assert window.wait_seconds(2) == 29
    assert window.snapshot(2).paused_seconds == 29
    assert window.wait_seconds(31) == 0


def test_the_place_of_a_dead_worker_is_given_up():
    window = RequestWindow(WindowLimits(first=1, lost_after_seconds=100))
    window.start(0)

    assert window.wait_seconds(40) == 60
    assert window.wait_seconds(100) == 0
    window.start(100)
    window.finish(GOOD, 120, 120)
    window.finish(GOOD, 20, 120)
    assert window.snapshot(120).in_flight == 0
