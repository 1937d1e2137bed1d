"""What belongs to a job and can be long: its report and event stream, records that are no findings of their own, batches."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from jobs_store.events import Event
from jobs_store.jobs import Job
from jobs_store.storage.layout import Fate
from serve_app.access.auditing import AuditDep
from serve_app.access.auth import ReaderDep, WiringDep, key_required
from serve_app.schemas.jobs import BatchAnswer, Batches
from serve_app.services import reports
from serve_app.services.records import record_keys, records, total
from serve_app.watching.following import WatchedJob
from serve_app.watching.frames import event_frame
from serve_app.watching.plain_lines import plain_line
from serve_app.watching.sockets import watched_lines
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/jobs/{job_id}", tags=["jobs"], dependencies=key_required)
JSON_LINES = "application/x-ndjson"
OCTETS = "application/octet-stream"
TOTAL = "X-Total-Count"
"""How many records there are, kept or not: JSON lines have no room for it."""
LARGEST_NUMBER = 2**63 - 1
"""That a database keeps."""
_PAGE = 500
_UNWANTED = re.compile(r"(?:^|;)\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)")


class LogFormat(StrEnum):
    NDJSON = "ndjson"
    TEXT = "text"


@router.get(
    "/logs",
    summary="A job's event stream, as JSON lines or as text",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/plain": {}, JSON_LINES: {}}}},
)
async def logs(
    job_id: str,
    wiring: WiringDep,
    caller: ReaderDep,
    after: Annotated[int, Query(ge=0, le=LARGEST_NUMBER, description="Number of the last event that is known already.")] = 0,
    follow: Annotated[bool, Query(description="Go on until the job has ended; heartbeats in silence.")] = False,
    format: Annotated[LogFormat, Query(description="`text` for people: what has been until now.")] = LogFormat.NDJSON,
    download: Annotated[bool, Query(description="As a file to keep, by a browser.")] = False,
) -> StreamingResponse:
    """Lines are what the WebSocket sends: `{type, job_id, timestamp, data, seq}`."""
    job = await wiring.database.jobs.find(caller.reach, job_id)
    if format is LogFormat.TEXT:
        answer = StreamingResponse(_stored(wiring, job.job_id, after, plain_line), media_type="text/plain")
    elif not follow:
        answer = StreamingResponse(_stored(wiring, job.job_id, after, _json_line), media_type=JSON_LINES)
    else:
        answer = StreamingResponse(await watched_lines(wiring, WatchedJob(wiring, job), after), media_type=JSON_LINES)
    if download:
        suffix = "log" if format is LogFormat.TEXT else "ndjson"
        answer.headers["Content-Disposition"] = f'attachment; filename="{job.job_id}.{suffix}"'
    return answer


Accept = Annotated[str, Header(description=f"{JSON_LINES} for one record per line")]


@router.get("/skipped", summary="Records that did not become findings", response_class=StreamingResponse)
async def skipped(job_id: str, wiring: WiringDep, caller: ReaderDep, accept: Accept = "") -> StreamingResponse:
    """`{total, skipped: [{place, reason}…], kept}`, streamed; or the records as JSON lines."""
    return await _told(wiring, await wiring.database.jobs.find(caller.reach, job_id), Fate.SKIPPED, accept)


@router.get("/dismissed", summary="Findings that the tool or a team has put aside", response_class=StreamingResponse)
async def dismissed(job_id: str, wiring: WiringDep, caller: ReaderDep, accept: Accept = "") -> StreamingResponse:
    """`{total, dismissed: [{place, reason, name, asset, note}…], kept}`, as `/skipped`.

    `note` is what was said of it: who, when, why. `kept` may be less than `total`: of each part of a report the first ten
    thousand are kept.
    """
    return await _told(wiring, await wiring.database.jobs.find(caller.reach, job_id), Fate.DISMISSED, accept)


@router.get("/merged", summary="Findings that another one of the report stands for", response_class=StreamingResponse)
async def merged(job_id: str, wiring: WiringDep, caller: ReaderDep, accept: Accept = "") -> StreamingResponse:
    """`{total, merged: [{asset, name, location, reason, differs}…], kept}`, as `/dismissed`.

    The finding that stands for it has the same asset, name and location. `reason`: it is `identical`, `less_severe`,
    `put_aside` while the other is open, or came `later`; `differs` has what it says differently, by name.
    """
    return await _told(wiring, await wiring.database.jobs.find(caller.reach, job_id), Fate.MERGED, accept)


@router.get(
    "/report",
    summary="The report, as it was sent",
    response_class=StreamingResponse,
    responses={200: {"content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def report(job_id: str, caller: ReaderDep, audit: AuditDep) -> StreamingResponse:
    """As a file to keep. 410 once it has been removed, `CLEANUP_AFTER_DAYS` after the job ended.

    Of a job that was to `anonymize`, only who submitted it and administrators get it. Each download is in the audit log.
    """
    found = await reports.original(audit, job_id)
    headers = {
        "Content-Disposition": reports.as_attachment(found.filename),
        "Content-Length": str(found.size_bytes),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(found.blocks, media_type=OCTETS, headers=headers)


@router.get("/batches", summary="A job's request bodies, and how far their import is")
async def batches(job_id: str, wiring: WiringDep, caller: ReaderDep) -> Batches:
    job = await wiring.database.jobs.find(caller.reach, job_id)
    found = [BatchAnswer.of(batch) for batch in await wiring.database.batches.list(job.job_id)]
    return Batches(total=len(found), batches=found)


def _json_line(event: Event) -> str:
    return event_frame(event).encode() + "\n"


async def _stored(wiring: Wiring, job_id: str, after: int, line: Callable[[Event], str]) -> AsyncIterator[str]:
    while page := await wiring.database.events.read(job_id, after=after, limit=_PAGE):
        yield "".join(map(line, page))
        after = page[-1].seq


async def _told(wiring: Wiring, job: Job, fate: Fate, accept: str) -> StreamingResponse:
    found, of = records(wiring.storage, await record_keys(wiring, job, fate)), total(job, fate) or 0
    if _wants_lines(accept):
        lines = (record + b"\n" for record in found)
        return StreamingResponse(lines, media_type=JSON_LINES, headers={TOTAL: str(of)})
    return StreamingResponse(_document(fate, of, found), media_type="application/json")


def _wants_lines(accept: str) -> bool:
    """Whether JSON lines are named, and not to say that they are not wanted (``q=0``)."""
    named = (each.partition(";") for each in accept.lower().split(","))
    return any(kind.strip() == JSON_LINES and not _UNWANTED.search(parameters) for kind, _, parameters in named)


def _document(fate: Fate, of: int, found: Iterator[bytes]) -> Iterator[bytes]:
    yield b'{"total":%d,"%s":[' % (of, fate.encode())
    kept = 0
    for kept, record in enumerate(found, start=1):
        yield record if kept == 1 else b"," + record
    yield b'],"kept":%d}' % kept
