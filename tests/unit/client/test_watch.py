"""The decisions of following, without a network."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.errors import RefusedError, ServiceUnreachableError, WaitTimeoutError
from client.sdk.events import Event, EventData
from client.sdk.jobs import Job, JobStatus
from client.sdk.watch import Deadline, Watch, WatchPolicy

POLICY = WatchPolicy(breaks_before_polling=3, first_wait_seconds=1, longest_wait_seconds=10, poll_seconds=2, failed_polls=2)
AWAY = ServiceUnreachableError("http://service", "refused")


def watch(**options: Any) -> Watch:
    return Watch(policy=POLICY, jitter=lambda: 1.0, **options)


def log(seq: int) -> Event:
    return Event(type="log", seq=seq, data=EventData(message=str(seq)))


def greeting(status: JobStatus = JobStatus.PROCESSING) -> Event:
    return Event(type="connected", data=EventData(status=status))


def job(status: JobStatus) -> Job:
    return Job(job_id="job-1", status=status, assets_imported=4, error_message="why")


def test_each_event_passes_once() -> None:
    watching = watch(after=2)
    assert [watching.take(log(seq)) for seq in (1, 2, 3, 3, 4)] == [False, False, True, False, True]
    assert watching.after == 4


def test_heartbeats_and_later_greetings_are_no_news() -> None:
    watching = watch()
    events = [greeting(), Event(type="heartbeat"), Event(type="pong"), greeting()]
    assert [watching.take(event) for event in events] == [True, False, False, False]


def test_types_of_later_versions_pass() -> None:
    assert watch().take(Event(type="invented", seq=1))


@pytest.mark.parametrize("kind", ["complete", "error"])
def test_the_last_event_ends_it(kind: str) -> None:
    watching = watch()
    assert watching.take(Event(type=kind, seq=9))
    assert watching.ended


def test_silence_is_borne_longer_once_the_service_has_spoken() -> None:
    watching = watch()
    before = watching.patience_seconds
    watching.take(greeting())
    assert (before, watching.patience_seconds) == (POLICY.greeting_seconds, POLICY.silence_seconds)


def test_polls_after_three_breaks_without_news() -> None:
    watching = watch()
    for seq in range(1, 8):
        watching.take(log(seq))
        watching.broken()
    assert not watching.polling, "every connection brought something"
    watching.broken()
    assert not watching.polling
    watching.broken()
    assert watching.polling


def test_waits_grow_and_are_bounded() -> None:
    watching, waits = watch(), []
    for _ in range(6):
        watching.broken()
        waits.append(watching.wait_seconds)
    assert waits == [2, 4, 8, 10, 10, 10]


def test_a_job_known_to_have_ended_is_asked_for_at_once() -> None:
    watching = watch()
    watching.take(greeting(JobStatus.COMPLETED))
    watching.broken()
    assert watching.polling


def test_a_poll_that_finds_the_end_makes_up_for_the_last_event() -> None:
    watching = watch()
    assert watching.polled(job(JobStatus.PROCESSING)) is None
    last = watching.polled(job(JobStatus.CANCELLED))
    assert last is not None
    assert (last.type, last.data.error_message, watching.ended) == ("error", "why", True)


def test_a_poll_does_not_repeat_the_last_event() -> None:
    watching = watch()
    watching.take(Event(type="complete", seq=1))
    assert watching.polled(job(JobStatus.COMPLETED)) is None


def test_a_service_may_be_away_for_some_polls() -> None:
    watching = watch()
    watching.poll_failed(AWAY)
    watching.poll_failed(AWAY)
    watching.polled(job(JobStatus.PROCESSING))
    watching.poll_failed(AWAY)
    watching.poll_failed(AWAY)
    with pytest.raises(ServiceUnreachableError):
        watching.poll_failed(AWAY)


def test_a_refusal_is_final() -> None:
    with pytest.raises(RefusedError):
        watch().poll_failed(RefusedError(404, "job_not_found", "no such job"))


@given(total=st.integers(1, 30), after=st.integers(0, 5), breaks=st.lists(st.integers(0, 6), max_size=12))
def test_whatever_breaks_every_event_comes_once_in_order(total: int, after: int, breaks: list[int]) -> None:
    """A server that replays from ``after`` (or a little before) and breaks off wherever it likes."""
    stream = [log(seq) for seq in range(1, total)] + [Event(type="complete", seq=total)]
    watching, seen, cuts = watch(after=min(after, total - 1)), [], iter(breaks)
    start = watching.after
    while not watching.ended:
        cut = next(cuts, total + 2)
        replay = [event for event in stream if (event.seq or 0) > watching.after - 2]
        seen += [event.seq for event in replay[:cut] if watching.take(event)]
        if not watching.ended:
            watching.broken()
    assert seen == list(range(start + 1, total + 1))


def test_a_deadline_clips_waits_and_then_ends_them() -> None:
    now = 100.0
    deadline = Deadline("job-1", timedelta(seconds=10), clock=lambda: now)
    assert deadline.clip(3) == 3
    now = 108.0
    assert deadline.clip(3) == 2
    now = 110.0
    with pytest.raises(WaitTimeoutError, match="job-1 had not ended after 10 s"):
        deadline.clip(3)
    assert Deadline("job-1", None).clip(5) == 5
