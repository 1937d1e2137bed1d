"""Faults come from the seed and the request's number, as often as they were asked for."""

import msgspec
import pytest

from scanner.phoenix.sandbox.faults import Faults, Route, Verdict, decide

EVERYTHING = Faults(
    latency_seconds=0.1,
    import_seconds=2.0,
    rate_429=0.1,
    rate_503=0.1,
    rate_broken=0.1,
    rate_lost_answers=0.1,
    rate_failed_polls=0.3,
    rate_import_errors=0.2,
)


def decisions(faults, seed=1, route=Route.IMPORT, count=2000):
    return [decide(faults, seed=seed, number=number, route=route) for number in range(1, count + 1)]


def share(found, verdict):
    return sum(decision.verdict is verdict for decision in found) / len(found)


def test_the_same_seed_decides_the_same():
    assert decisions(EVERYTHING) == decisions(EVERYTHING)
    assert decisions(EVERYTHING, seed=2) != decisions(EVERYTHING)


def test_without_faults_everything_is_answered_at_once():
    for route in Route:
        (decision,) = set(decisions(Faults(), route=route, count=50))
        assert (decision.verdict, decision.latency_seconds, decision.import_fails) == (Verdict.ANSWER, 0.0, False)


def test_rates_are_kept():
    found = decisions(EVERYTHING)
    for verdict in (Verdict.THROTTLED, Verdict.UNAVAILABLE, Verdict.BROKEN, Verdict.ANSWER_LOST):
        assert 0.05 < share(found, verdict) < 0.13
    assert 0.15 < sum(decision.import_fails for decision in found) / len(found) < 0.25


@pytest.mark.parametrize(("route", "verdict", "expected"), [
    (Route.STATUS, Verdict.UNAVAILABLE, True), (Route.TOKEN, Verdict.UNAVAILABLE, False),
    (Route.IMPORT, Verdict.ANSWER_LOST, True), (Route.STATUS, Verdict.ANSWER_LOST, False),
    (Route.TAGS, Verdict.ANSWER_LOST, False),
])  # fmt: skip
def test_some_faults_belong_to_one_route(route, verdict, expected):
    found = decisions(Faults(rate_failed_polls=0.5, rate_lost_answers=0.5), route=route, count=200)
    assert (share(found, verdict) > 0.2) is expected


def test_times_scatter_around_what_was_asked():
    found = decisions(EVERYTHING)
    assert all(0.05 <= decision.latency_seconds <= 0.15 for decision in found)
    times = [decision.import_seconds for decision in found]
    assert min(times) >= 0.4
    assert max(times) <= 3.6
    assert 1.9 < sum(times) / len(times) < 2.1
    assert times != sorted(times)


@pytest.mark.parametrize("document", [
    b'{"rate429": 1.1}', b'{"rate503": -0.1}', b'{"maxInFlight": 0}', b'{"maxBodyBytes": 0}', b'{"retryAfter": "soon"}',
    b'{"rate_429": 0.1}', b'{"latencySeconds": -1}',
])  # fmt: skip
def test_settings_that_make_no_sense_are_refused(document):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(document, type=Faults)
