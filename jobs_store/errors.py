"""What can go wrong between the service and what outlives it.

    StoreError
    ├── StoreUnavailableError     the database is away or too busy; retryable
    ├── StorageUnavailableError   object storage is away or refuses; retryable
    ├── UnstorableValueError      a text or number that no column can hold
    ├── JobNotFoundError          there is no such job
    ├── AmbiguousIdError          several jobs or bulks have an id that begins so
    ├── BatchNotFoundError        the job's plan has no such batch
    ├── LeaseLostError            somebody else owns the job now, or it has ended: stop working on it
    ├── NotRetryableError         the job is running, complete, or its upload is gone
    ├── UploadNotFoundError       there is no such direct upload
    ├── UploadGoneError           the direct upload was removed, has expired, or belongs to a job already
    ├── UploadIncompleteError     parts of the direct upload are missing
    ├── BulkNotFoundError         there is no such bulk
    ├── BulkEndedError            the bulk has ended already
    ├── BulkNotRetryableError     the bulk goes on, or nothing in it can be retried
    ├── BulkClaimLostError        somebody else registers the bulk now, or it has been cancelled
    ├── TenantNotFoundError       there is no such tenant
    ├── TenantExistsError         a tenant has that name already
    ├── TenantBusyError           the tenant has jobs that have not ended
    ├── KeyNotFoundError          there is no such API key that is still open
    ├── WebhookNotFoundError      there is no such message
    ├── WebhookGoneError          where a message went is forgotten
    ├── IdempotencyKeyReusedError an idempotency key came again with another request
    ├── ObjectNotFoundError       object storage has nothing under that key
    ├── InvalidKeyError           text that may not be a storage key
    ├── InvalidAddressError       a database or storage URL that cannot be used
    └── SecretError               a secret cannot be encrypted or decrypted with the keys given

All cross process borders: constructor arguments go to ``super().__init__`` unchanged, the text is made in ``__str__``.
"""

from typing import ClassVar


class StoreError(Exception):
    """The root. ``retryable`` says whether trying the same again can help."""

    retryable: ClassVar[bool] = False


class StoreUnavailableError(StoreError):
    """The database could not be reached, or answered that it cannot now. Whether a write was made is unknown."""

    retryable = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the database is unavailable: {self.reason}"


class UnstorableValueError(StoreError):
    """A text, number or moment that no column can hold: PostgreSQL has no NUL in a text."""

    def __str__(self) -> str:
        return "a value cannot be stored: a text has a NUL in it, a number is too large, or a moment is out of range"


class StorageUnavailableError(StoreError):
    """Object storage could not be reached, is full, or refused us."""

    retryable = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"object storage is unavailable: {self.reason}"


class JobNotFoundError(StoreError):
    """There is no such job, or it is not this tenant's to see."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"there is no job {self.job_id}"


class AmbiguousIdError(StoreError):
    """``fitting`` are the first of the ids that begin so; ``more`` says that they are not all."""

    def __init__(self, short: str, fitting: tuple[str, ...], more: bool) -> None:
        super().__init__(short, fitting, more)
        self.short, self.fitting, self.more = short, fitting, more

    def __str__(self) -> str:
        others = " and others" if self.more else ""
        return f"several ids begin with {self.short}: {', '.join(self.fitting)}{others}; give more of the one you mean"


class BatchNotFoundError(StoreError):
    """The job's plan has no batch of that number."""

    def __init__(self, job_id: str, number: int) -> None:
        super().__init__(job_id, number)
        self.job_id, self.number = job_id, number

    def __str__(self) -> str:
        return f"job {self.job_id} has no batch {self.number}"


class LeaseLostError(StoreError):
    """The fence: a write with a lease that is no longer the job's. Nothing was written."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"job {self.job_id} is no longer ours"


class NotRetryableError(StoreError):
    """Only a failed or cancelled job whose upload is still kept can go on. ``status`` is what it is instead."""

    def __init__(self, job_id: str, status: str) -> None:
        super().__init__(job_id, status)
        self.job_id, self.status = job_id, status

    def __str__(self) -> str:
        if self.status in ("failed", "cancelled"):
            return f"job {self.job_id} cannot be retried: its upload has been removed"
        return f"job {self.job_id} cannot be retried: it is {self.status}"


class UploadNotFoundError(StoreError):
    """There is no such direct upload, or it is not this tenant's."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(upload_id)
        self.upload_id = upload_id

    def __str__(self) -> str:
        return f"there is no upload {self.upload_id}"


class UploadGoneError(StoreError):
    """It cannot be used any more."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(upload_id)
        self.upload_id = upload_id

    def __str__(self) -> str:
        return f"upload {self.upload_id} was removed, has expired, or has been used"


class UploadIncompleteError(StoreError):
    """``missing`` are numbers of parts that have not arrived in their size, at most the first hundred."""

    def __init__(self, upload_id: str, missing: tuple[int, ...]) -> None:
        super().__init__(upload_id, missing)
        self.upload_id, self.missing = upload_id, missing

    def __str__(self) -> str:
        return f"upload {self.upload_id} is not complete: part {self.missing[0]} is missing or has another size"


class BulkNotFoundError(StoreError):
    """There is no such bulk, or it is not this tenant's."""

    def __init__(self, bulk_id: str) -> None:
        super().__init__(bulk_id)
        self.bulk_id = bulk_id

    def __str__(self) -> str:
        return f"there is no bulk {self.bulk_id}"


class BulkEndedError(StoreError):
    """It cannot be cancelled any more."""

    def __init__(self, bulk_id: str, state: str) -> None:
        super().__init__(bulk_id, state)
        self.bulk_id, self.state = bulk_id, state

    def __str__(self) -> str:
        return f"bulk {self.bulk_id} has already ended: it is {self.state}"


class BulkNotRetryableError(StoreError):
    """Only a failed or cancelled bulk whose objects are still kept can go on. ``state`` is what it is instead."""

    def __init__(self, bulk_id: str, state: str) -> None:
        super().__init__(bulk_id, state)
        self.bulk_id, self.state = bulk_id, state

    def __str__(self) -> str:
        if self.state in ("failed", "cancelled"):
            return f"bulk {self.bulk_id} cannot be retried: its objects have been removed"
        return f"bulk {self.bulk_id} cannot be retried: it is {self.state}"


class BulkClaimLostError(StoreError):
    """The fence of registering. Nothing was written."""

    def __init__(self, bulk_id: str) -> None:
        super().__init__(bulk_id)
        self.bulk_id = bulk_id

    def __str__(self) -> str:
        return f"bulk {self.bulk_id} is registered by somebody else now, or not at all"


class TenantNotFoundError(StoreError):
    """There is no such tenant, or it is not the caller's to see."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is no tenant {self.name}"


class TenantExistsError(StoreError):
    """Names are used once, also while what a removed tenant has left is being deleted."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"there is a tenant {self.name} already, or what one of that name has left is still being removed"


class TenantBusyError(StoreError):
    """It cannot be removed yet."""

    def __init__(self, name: str, jobs: int) -> None:
        super().__init__(name, jobs)
        self.name, self.jobs = name, jobs

    def __str__(self) -> str:
        return f"tenant {self.name} has {self.jobs:,} jobs that have not ended; disable it, then wait for them or cancel them"


class KeyNotFoundError(StoreError):
    """There is no such key that is still open, or it is not the caller's to see."""

    def __init__(self, key_id: str) -> None:
        super().__init__(key_id)
        self.key_id = key_id

    def __str__(self) -> str:
        return f"there is no API key {self.key_id} that is still open"


class WebhookNotFoundError(StoreError):
    """There is no such message about a job, or the job is not the caller's to see."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(webhook_id)
        self.webhook_id = webhook_id

    def __str__(self) -> str:
        return f"there is no webhook {self.webhook_id}"


class WebhookGoneError(StoreError):
    """Its job has been cleaned up, and the URL with it."""

    def __init__(self, webhook_id: str) -> None:
        super().__init__(webhook_id)
        self.webhook_id = webhook_id

    def __str__(self) -> str:
        return f"webhook {self.webhook_id} cannot be sent again: its job has been cleaned up, and its URL is forgotten"


class IdempotencyKeyReusedError(StoreError):
    """``first`` is the id of the job or bulk that the key belongs to."""

    def __init__(self, first: str) -> None:
        super().__init__(first)
        self.first = first

    def __str__(self) -> str:
        return f"the Idempotency-Key belongs to {self.first}, which was asked for with other content or options"


class ObjectNotFoundError(StoreError):
    """Nothing is stored under that key."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"nothing is stored under {self.key}"


class InvalidKeyError(StoreError):
    """Not a storage key: it could leave the folder, or some storage would not take it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return f"not a storage key: {self.key[:200]!r}"


class InvalidAddressError(StoreError):
    """A database or storage URL that cannot be used. ``address`` must not hold a password."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address, self.reason = address, reason

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}"


class SecretError(StoreError):
    """A secret cannot be kept or read with the keys in ``SECRET_KEY``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
