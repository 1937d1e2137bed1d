"""Every error arrives on the other side of a process border as what it was."""

import pickle

import pytest

from jobs_store import errors
from jobs_store.errors import StoreError

SAMPLES = [
    errors.StoreUnavailableError("connection refused"),
    errors.StorageUnavailableError("disk full"),
    errors.JobNotFoundError("job-1"),
    errors.AmbiguousIdError("job-3f9c", ("job-3f9c1", "job-3f9c2"), more=False),
    errors.BatchNotFoundError("job-1", 3),
    errors.LeaseLostError("job-1"),
    errors.NotRetryableError("job-1", "completed"),
    errors.UploadNotFoundError("upload-1"),
    errors.UploadGoneError("upload-1"),
    errors.UploadIncompleteError("upload-1", (2, 3)),
    errors.BulkNotFoundError("bulk-1"),
    errors.BulkEndedError("bulk-1", "completed"),
    errors.BulkNotRetryableError("bulk-1", "running"),
    errors.BulkClaimLostError("bulk-1"),
    errors.TenantNotFoundError("payments"),
    errors.TenantExistsError("payments"),
    errors.TenantBusyError("payments", 3),
    errors.UnstorableValueError(),
    errors.KeyNotFoundError("3f2a"),
    errors.WebhookNotFoundError("msg_1"),
    errors.WebhookGoneError("msg_1"),
    errors.IdempotencyKeyReusedError("job-1"),
    errors.ObjectNotFoundError("jobs/job-1/upload"),
    errors.InvalidKeyError("../etc/passwd"),
    errors.InvalidAddressError("DATABASE_URL", "not a database URL"),
    errors.SecretError("SECRET_KEY is empty"),
]


def test_every_error_has_a_sample() -> None:
    defined = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StoreError)}
    assert {type(sample) for sample in SAMPLES} == defined - {StoreError}


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_pickles_unchanged(error: StoreError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)
    assert str(copy) == str(error) != ""


def test_only_what_is_away_is_worth_another_try() -> None:
    assert {type(sample) for sample in SAMPLES if sample.retryable} == {
        errors.StoreUnavailableError,
        errors.StorageUnavailableError,
    }


def test_an_id_that_fits_several_names_them() -> None:
    assert "job-3f9c1, job-3f9c2; give more" in str(errors.AmbiguousIdError("job-3f9c", ("job-3f9c1", "job-3f9c2"), more=False))
    assert "job-1, job-2 and others; give more" in str(errors.AmbiguousIdError("job-", ("job-1", "job-2"), more=True))


def test_a_cleaned_job_says_why_it_cannot_go_on() -> None:
    assert "upload has been removed" in str(errors.NotRetryableError("job-1", "failed"))
