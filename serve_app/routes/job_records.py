"""What belongs to a job and can be long: its event stream, skipped records, batches."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from jobs_store.events import Event
from serve_app.access.auth import ReaderDep, WiringDep, key_required
from serve_app.schemas.jobs import BatchAnswer, Batches
from serve_app.services.records import skipped_keys, skipped_records
from serve_app.watching.following import WatchedJob
from serve_app.watching.frames import event_frame
from serve_app.watching.plain_lines import plain_line
from serve_app.watching.sockets import watched_lines
from serve_app.wiring import Wiring

router = APIRouter(prefix="/api/v1/jobs/{job_id}", tags=["jobs"], dependencies=key_required)
JSON_LINES = "application/x-ndjson"
LARGEST_NUMBER = 2**63 - 1
"""That a database keeps."""
_PAGE = 500


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


@router.get("/skipped", summary="Records that did not become findings", response_class=StreamingResponse)
async def skipped(
    job_id: str,
    wiring: WiringDep,
    caller: ReaderDep,
    accept: Annotated[str, Header(description=f"{JSON_LINES} for one record per line")] = "",
) -> StreamingResponse:
    """`{total, skipped: [{place, reason}…]}`, streamed; or the records as JSON lines."""
    job = await wiring.database.jobs.find(caller.reach, job_id)
    records = skipped_records(wiring.storage, await skipped_keys(wiring, job))
    if JSON_LINES in accept:
        return StreamingResponse((record + b"\n" for record in records), media_type=JSON_LINES)
    return StreamingResponse(_document(job.skipped, records), media_type="application/json")


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


def _document(total: int | None, records: Iterator[bytes]) -> Iterator[bytes]:
    yield b'{"total":%s,"skipped":[' % json.dumps(total or 0).encode()
    for number, record in enumerate(records):
        yield record if number == 0 else b"," + record
    yield b"]}"
