"""What belongs to a job and lies in object storage: its records that are no findings of their own, by their fate."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from anyio.to_thread import run_sync
from cachetools import LRUCache

from jobs_store.jobs import Job
from jobs_store.storage import ObjectStorage, layout
from jobs_store.storage.layout import Fate
from serve_app.services.pages import Page
from serve_app.wiring import Wiring

MOST_PASSED_OVER = 100_000
"""A page begins no further behind: what comes before it has to be read."""

_counted: LRUCache[tuple[Any, ...], int] = LRUCache(10_000)
"""How many are kept of jobs that have ended, by everything that could change it."""


def total(job: Job, fate: Fate) -> int | None:
    """How many there are, of which fewer may be kept; None while that is not known."""
    if fate is Fate.SKIPPED:
        return job.skipped
    told = json.loads(job.batch_summary).get(fate) if job.batch_summary else None
    return sum(told.values()) if isinstance(told, dict) else told


async def kept(wiring: Wiring, job: Job, fate: Fate) -> int:
    """How many of them are told; read once in a process for a job that has ended."""
    keys = await record_keys(wiring, job, fate)
    known = (job.job_id, fate, job.completed_at, *keys)
    if (number := _counted.get(known)) is None:
        number = await run_sync(lambda: sum(1 for _ in records(wiring.storage, keys)))
        if job.completed_at is not None:
            _counted[known] = number
    return number


async def record_keys(wiring: Wiring, job: Job, fate: Fate) -> list[str]:
    return await run_sync(lambda: sorted(wiring.storage.list(layout.records(job.job_id, fate))))


def records(storage: ObjectStorage, keys: list[str]) -> Iterator[bytes]:
    """Each a JSON object; run in a thread. Memory: one chunk of an object."""
    for key in keys:
        rest = b""
        for chunk in storage.iterate(key):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from filter(None, lines)
        if rest:
            yield rest


async def record_page(wiring: Wiring, job: Job, fate: Fate, *, after: int, limit: int) -> Page[dict[str, Any]]:
    """Up to ``limit`` records numbered above ``after``, each with its ``number``, from 0, beside what it tells."""
    first = min(after + 1, MOST_PASSED_OVER)
    keys = await record_keys(wiring, job, fate)
    found = await run_sync(lambda: list(islice(records(wiring.storage, keys), first, first + limit + 1)))
    items = [{"number": number, **json.loads(record)} for number, record in enumerate(found[:limit], start=first)]
    return Page(items, str(items[-1]["number"]) if len(found) > limit else None)
