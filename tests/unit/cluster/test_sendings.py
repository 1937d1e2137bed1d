"""What an importer sends and what it ends: no Ray, no Phoenix, no event loop."""

from dataclasses import replace

import pytest

from cluster.account import Account
from cluster.batches import BatchToImport
from cluster.sendings import Sendings, may_overtake
from jobs_store.jobs import Batch
from scanner.phoenix.errors import GivenUpError


def order(number: int, job_id: str = "job-1", token: str = "first lease", **more: bool) -> BatchToImport:
    return BatchToImport(
        job_id=job_id,
        lease_token=token,
        batch=Batch(number, "INFRA", "new", (), 1, 1, 100),
        assessment_name="weekly",
        account=Account("digest", job_id, "default"),
        awaited=more.get("awaited", False),
        sent_before=more.get("sent_before", False),
        storage_url="unused:",
    )


def begun(sendings: Sendings[str], given: BatchToImport) -> str:
    work = f"{given.job_id} {given.lease_token} {given.batch.number}"
    sendings.under_way(work, given, sendings.begin(given))
    return work


def test_a_job_has_what_it_handed_in_under_any_lease_or_under_one() -> None:
    sendings: Sendings[str] = Sendings()
    first, second = begun(sendings, order(1)), begun(sendings, order(1, token="second lease"))
    begun(sendings, order(1, job_id="job-2"))
    assert sendings.of("job-1") == [first, second]
    assert sendings.of("job-1", "second lease") == [second]
    sendings.ended(second)
    assert sendings.of("job-1") == [first]


def test_winding_down_cancels_only_what_phoenix_has_nothing_of() -> None:
    sendings: Sendings[str] = Sendings()
    waiting, leaving = order(1), order(2)
    begun(sendings, waiting)
    sending = sendings.begin(leaving)
    sendings.under_way("leaving", leaving, sending)
    sending.begin()
    assert sendings.wind_down("job-1", "first lease") == ["job-1 first lease 1"]
    assert sending.is_ending
    assert sending.is_under_way


def test_a_batch_that_comes_after_its_job_was_wound_down_does_not_leave() -> None:
    sendings: Sendings[str] = Sendings()
    assert sendings.wind_down("job-1", "first lease") == []
    with pytest.raises(GivenUpError):
        sendings.begin(order(1)).begin()
    sendings.begin(order(1, token="second lease")).begin()


def test_only_what_closes_findings_and_is_needed_may_overtake() -> None:
    again = order(1, awaited=True, sent_before=True)
    assert may_overtake(again)
    assert not may_overtake(replace(again, sent_before=False))
    assert not may_overtake(replace(again, awaited=False))
    assert not may_overtake(replace(again, batch=replace(again.batch, import_type="delta")))
