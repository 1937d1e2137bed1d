"""A bulk's frames for as long as it goes on: ``{type, bulk_id, timestamp, data}``, and ``seq`` for stored events."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from cluster.progress import follow
from jobs_store.bulks import Bulk, BulkState
from jobs_store.events import Event, EventKind
from jobs_store.reach import EVERYWHERE
from serve_app.moments import zulu
from serve_app.watching.following import with_silences
from serve_app.watching.frames import FrameType
from serve_app.wiring import Wiring

_LAST = (EventKind.COMPLETE, EventKind.ERROR)


class BulkFrameData(msgspec.Struct, omit_defaults=True):
    """Where a bulk is, for frames that are made on the spot."""

    status: BulkState
    progress: float
    message: str = ""
    error_message: str | None = None


class BulkFrame(msgspec.Struct, omit_defaults=True):
    type: str
    bulk_id: str
    timestamp: str
    data: msgspec.Raw | BulkFrameData | dict[str, str]
    seq: int | None = None

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()


def bulk_event_frame(event: Event) -> BulkFrame:
    return BulkFrame(event.kind.value, event.job_id, zulu(event.time), msgspec.Raw(event.payload.encode()), event.seq)


@dataclass(frozen=True)
class WatchedBulk:
    """What a WebSocket tells of a bulk."""

    wiring: Wiring
    bulk: Bulk

    @property
    def owner(self) -> str:
        return self.bulk.tenant

    def greeting(self) -> BulkFrame:
        data = BulkFrameData(self.bulk.state, self.bulk.progress, message=f"watching {self.bulk.bulk_id}")
        return self._made(FrameType.CONNECTED, data)

    async def status(self) -> BulkFrame:
        now = await self.wiring.database.bulks.get(EVERYWHERE, self.bulk.bulk_id)
        return self._made(EventKind.STATUS, BulkFrameData(now.state, now.progress))

    def bare(self, kind: FrameType) -> BulkFrame:
        return self._made(kind, {})

    def _made(self, kind: FrameType | EventKind, data: BulkFrameData | dict[str, str]) -> BulkFrame:
        return BulkFrame(kind.value, self.bulk.bulk_id, zulu(self.wiring.now()), data)

    async def frames(self, after: int) -> AsyncGenerator[BulkFrame, None]:
        """As `serve_app.watching.following.job_frames` gives those of a job."""
        wiring, bulk_id = self.wiring, self.bulk.bulk_id
        events = follow(wiring.database.bulk_events, wiring.bus, bulk_id, after=after)
        if end := await self._end(after):
            yield end
            return
        async with aclosing(with_silences(events, wiring.heartbeat_seconds)) as heard:
            async for event in heard:
                if event is None:
                    if end := await self._end(after):
                        yield end
                        return
                    yield self.bare(FrameType.HEARTBEAT)
                    continue
                after = event.seq
                if event.kind not in _LAST:
                    yield bulk_event_frame(event)
                elif not await self._overtaken(event):
                    yield bulk_event_frame(event)
                    return

    async def _end(self, after: int) -> BulkFrame | None:
        """The last frame for a watcher who has seen all that there is of an ended bulk."""
        bulk = await self.wiring.database.bulks.get(EVERYWHERE, self.bulk.bulk_id)
        if not bulk.state.ended or await self.wiring.database.bulk_events.read(bulk.bulk_id, after=after, limit=1):
            return None
        kind = EventKind.COMPLETE if bulk.state is BulkState.COMPLETED else EventKind.ERROR
        return self._made(kind, BulkFrameData(bulk.state, bulk.progress, error_message=bulk.error))

    async def _overtaken(self, end: Event) -> bool:
        """Whether the bulk went on after this end: going on is told first."""
        later = await self.wiring.database.bulk_events.read(end.job_id, after=end.seq, kinds=(EventKind.STATUS,))
        return any(not BulkState(json.loads(event.payload)["status"]).ended for event in later)
