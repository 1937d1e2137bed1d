"""What belongs to a job and lies in object storage: records that did not become findings."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from anyio.to_thread import run_sync

from jobs_store.jobs import Job
from jobs_store.storage import ObjectStorage, layout
from serve_app.services.pages import Page
from serve_app.wiring import Wiring

MOST_PASSED_OVER = 100_000
"""A page begins no further behind: what comes before it has to be read."""


async def skipped_keys(wiring: Wiring, job: Job) -> list[str]:
    return await run_sync(lambda: sorted(wiring.storage.list(layout.skipped(job.job_id))))


def skipped_records(storage: ObjectStorage, keys: list[str]) -> Iterator[bytes]:
    """Each a JSON object; run in a thread. Memory: one chunk of an object."""
    for key in keys:
        rest = b""
        for chunk in storage.iterate(key):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from filter(None, lines)
        if rest:
            yield rest


async def skipped_page(wiring: Wiring, job: Job, *, after: int, limit: int) -> Page[tuple[int, dict[str, Any]]]:
    """Up to ``limit`` records numbered above ``after``, each with its number, from 0; ``{place, reason}`` each."""
    first = min(after + 1, MOST_PASSED_OVER)
    keys = await skipped_keys(wiring, job)
    found = await run_sync(lambda: list(islice(skipped_records(wiring.storage, keys), first, first + limit + 1)))
    items = [(number, json.loads(record)) for number, record in enumerate(found[:limit], start=first)]
    return Page(items, str(items[-1][0]) if len(found) > limit else None)
