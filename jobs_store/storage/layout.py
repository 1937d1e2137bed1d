"""Where everything stands in object storage: the only place that makes keys.

received/<day>/<job>              an upload; it becomes the report of that job
uploads/<upload>/report           a direct upload, whole
jobs/<job>/anonymizer-key         the key that the job's tasks anonymise with
jobs/<job>/documents/<n>          what was unpacked or rewritten, where tasks read ranges of it
jobs/<job>/batches/<n>            request bodies
jobs/<job>/<fate>/<part>.jsonl    records that were skipped, dismissed or merged
"""

from datetime import date
from enum import StrEnum

RECEIVED = "received"


class Fate(StrEnum):
    """What became of a record that is no finding of its own."""

    SKIPPED = "skipped"
    DISMISSED = "dismissed"
    MERGED = "merged"


def received_on(day: date) -> str:
    """The folder for the uploads of a day in UTC; each has the id of its job."""
    return f"{RECEIVED}/{day:%Y%m%d}"


def received(job_id: str, now: date) -> str:
    """Among those of its day: a folder for each would have to be made durable too."""
    return f"{received_on(now)}/{job_id}"


def job_of_received(key: str) -> str:
    return key.rpartition("/")[2]


def direct_upload(upload_id: str) -> str:
    return f"uploads/{upload_id}/report"


def job_folder(job_id: str) -> str:
    """All that a job has but its upload."""
    return f"jobs/{job_id}"


def anonymizer_key(job_id: str) -> str:
    return f"{job_folder(job_id)}/anonymizer-key"


def documents(job_id: str) -> str:
    return f"{job_folder(job_id)}/documents"


def document(job_id: str, number: int) -> str:
    return f"{documents(job_id)}/{number}"


def bodies(job_id: str) -> str:
    return f"{job_folder(job_id)}/batches"


def body(job_id: str, number: int) -> str:
    return f"{bodies(job_id)}/{number}"


def records(job_id: str, fate: Fate) -> str:
    return f"{job_folder(job_id)}/{fate}"


def records_part(job_id: str, fate: Fate, part: str) -> str:
    return f"{records(job_id, fate)}/{part}.jsonl"
