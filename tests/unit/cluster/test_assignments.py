"""Where jobs go: no cluster, no store."""

from datetime import UTC, datetime
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from cluster.assignments import Assignments
from jobs_store.jobs import Lease


class _Job:
    def __init__(self, job_id: str) -> None:
        self.job_id = job_id


def leases(*job_ids: str) -> list[Lease]:
    return [Lease(cast(Any, _Job(job_id)), f"token of {job_id}", datetime(2030, 1, 1, tzinfo=UTC)) for job_id in job_ids]


def assignments(coordinators: int = 2, most_jobs: int = 100, each: int = 10) -> Assignments:
    return Assignments(coordinators=coordinators, most_jobs=most_jobs, jobs_per_coordinator=each)


def assigned(jobs: Assignments, *job_ids: str) -> dict[int, list[str]]:
    return {number: [lease.job_id for lease in share] for number, share in jobs.assign(leases(*job_ids)).items()}


def test_jobs_go_to_the_coordinator_that_has_the_fewest() -> None:
    jobs = assignments()
    assert assigned(jobs, "a", "b", "c") == {0: ["a", "c"], 1: ["b"]}
    jobs.ended(["a", "c"])
    assert assigned(jobs, "d") == {0: ["d"]}


def test_room_is_what_settings_and_present_coordinators_leave() -> None:
    jobs = assignments(most_jobs=15)
    assert jobs.room == 15
    assert jobs.lost(1)
    assert jobs.room == 10
    assigned(jobs, *"abcdefghij")
    assert jobs.room == 0
    jobs.is_back(1)
    assert jobs.room == 5


def test_a_coordinator_that_is_away_gets_nothing_until_it_is_back() -> None:
    jobs = assignments()
    assert jobs.lost(0)
    assert not jobs.lost(0), "its return is awaited once"
    assert assigned(jobs, "a", "b") == {1: ["a", "b"]}
    jobs.is_back(0)
    assert assigned(jobs, "c") == {0: ["c"]}


def test_with_all_of_them_away_there_is_no_room() -> None:
    jobs = assignments()
    jobs.lost(0)
    jobs.lost(1)
    assert jobs.room == 0


def test_a_claim_waits_while_a_quarter_of_the_room_is_in_use() -> None:
    jobs = assignments(most_jobs=4)
    assigned(jobs, "a")
    assert not jobs.is_busy
    assigned(jobs, "b")
    assert jobs.is_busy


def test_a_job_that_is_cancelled_while_it_is_claimed_is_told_of() -> None:
    jobs = assignments()
    jobs.cancel("long gone")
    jobs.claiming()
    assert jobs.cancel("a") is None
    assigned(jobs, "a", "b")
    assert jobs.cancelled_meanwhile() == {"a"}
    assert jobs.cancel("b") == 1
    jobs.claiming()
    assert jobs.cancelled_meanwhile() == set()


@given(
    most_jobs=st.integers(1, 40),
    coordinators=st.integers(1, 4),
    steps=st.lists(st.tuples(st.sampled_from(["claim", "end", "lose", "return"]), st.integers(0, 50)), max_size=40),
)
def test_never_more_than_there_is_room_for_and_evenly(most_jobs: int, coordinators: int, steps: list[tuple[str, int]]) -> None:
    jobs, made, running = assignments(coordinators, most_jobs), 0, set[str]()
    for step, number in steps:
        match step:
            case "claim":
                new = [f"job-{made + place}" for place in range(min(number, jobs.room))]
                made += len(new)
                shares = jobs.assign(leases(*new))
                assert sorted(lease.job_id for share in shares.values() for lease in share) == sorted(new)
                running |= set(new)
                assert len(running) <= most_jobs
            case "end":
                ended = set(list(running)[:number])
                jobs.ended(ended)
                running -= ended
            case "lose":
                jobs.lost(number % coordinators)
            case _:
                jobs.is_back(number % coordinators)
        assert jobs.running == len(running)
