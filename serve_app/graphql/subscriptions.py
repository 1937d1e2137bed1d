"""What can be followed."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
import strawberry
from strawberry.scalars import JSON
from strawberry.types import Info

from serve_app.graphql.context import reading
from serve_app.graphql.types.scalars import BigInt
from serve_app.services import bulks, jobs
from serve_app.watching.bulk_following import WatchedBulk
from serve_app.watching.following import WatchedJob
from serve_app.watching.frames import FrameType
from serve_app.watching.sockets import Watched
from serve_app.wiring import Wiring


@strawberry.type(description="An event with its number, or the end once more for who has seen it.")
class Frame:
    type: str
    seq: BigInt | None
    timestamp: str
    data: JSON


@strawberry.type
class Subscription:
    @strawberry.subscription(description="A job's events behind that number, and those that come, to its end.")
    async def job_events(self, info: Info, id: strawberry.ID, after: int = 0) -> AsyncGenerator[Frame, None]:
        asked = reading(info)
        job = await jobs.find(asked.wiring, asked.caller, id)
        async with aclosing(_frames(asked.wiring, WatchedJob(asked.wiring, job), after)) as frames:
            async for frame in frames:
                yield frame

    @strawberry.subscription(description="A bulk's events behind that number, and those that come, to its end.")
    async def bulk_events(self, info: Info, id: strawberry.ID, after: int = 0) -> AsyncGenerator[Frame, None]:
        asked = reading(info)
        bulk = await bulks.find(asked.wiring, asked.caller, id)
        async with aclosing(_frames(asked.wiring, WatchedBulk(asked.wiring, bulk), after)) as frames:
            async for frame in frames:
                yield frame


async def _frames(wiring: Wiring, watched: Watched, after: int) -> AsyncGenerator[Frame, None]:
    """Counted as a watcher. Silences are the socket's own to fill."""
    async with wiring.limiter.watching(await wiring.tenants.get(watched.owner)), aclosing(watched.frames(after)) as frames:
        async for frame in frames:
            if frame.type != FrameType.HEARTBEAT:
                data = msgspec.json.decode(msgspec.json.encode(frame.data))
                yield Frame(type=frame.type, seq=frame.seq, timestamp=frame.timestamp, data=data)
