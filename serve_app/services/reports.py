"""The report that a job was made of, as it was sent."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from anyio.to_thread import run_sync

from jobs_store.errors import ObjectNotFoundError
from jobs_store.jobs import Job
from jobs_store.keys import Scope
from scanner.options import ImportOptions
from serve_app.access.actions import Action
from serve_app.access.auditing import Auditing
from serve_app.access.auth import Caller
from serve_app.errors import NotAllowedError, ReportGoneError
from serve_app.services import jobs

_BLOCK_BYTES = 1 << 18
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class StoredReport:
    filename: str
    size_bytes: int
    blocks: Iterator[bytes]
    """Run it in a thread."""


async def original(auditing: Auditing, job_id: str) -> StoredReport:
    """That somebody asked for it is in the audit log before the first byte leaves.

    Raises `JobNotFoundError`, `AmbiguousIdError`, `ReportGoneError` once retention has removed it, and `NotAllowedError` for
    the report of an anonymized job: its names are for who sent it, and for administrators.
    """
    job = await jobs.find(auditing.wiring, auditing.caller, job_id)
    async with auditing.of(Action.REPORT_READ, job.job_id):
        if ImportOptions.decode(job.processing_options).anonymize and not _knows_its_names(auditing.caller, job):
            raise NotAllowedError(Scope.ADMIN.value)
        storage = auditing.wiring.storage
        try:
            size = await run_sync(storage.size, job.file_path)
        except ObjectNotFoundError as error:
            raise ReportGoneError(job.job_id) from error
    return StoredReport(job.filename, size, storage.iterate(job.file_path, _BLOCK_BYTES))


def _knows_its_names(caller: Caller, job: Job) -> bool:
    return caller.may(Scope.ADMIN) or job.submitted_by == caller.actor


def as_attachment(filename: str) -> str:
    """The value of ``Content-Disposition``, as RFC 6266 has it: a safe name to keep a file by, whatever a client called it.

    Neither folders nor what steers a terminal or the direction of text come through.
    """
    name = _UNPRINTABLE.sub("", re.split(r"[/\\]", filename)[-1]).strip(". ")[:200] or "report"
    plain = _UNSAFE.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
