"""What a runner and its workshop say to each other."""

from typing import Annotated, NamedTuple

import msgspec

from cluster.report import Report, StoredShard
from cluster.work import Planned, Read
from scanner.collecting import Counts
from scanner.regrouping import Share
from scanner.translation import Tally

# Orders travel to a runner, pickled: it may believe them.


class ReadReports(NamedTuple):
    orders: tuple[tuple[Report, bool], ...]
    """Each report, and whether it is to be left uncut."""
    may_be_long: bool
    """There is one report, and nothing waits for it."""
    paths: dict[str, str] | None = None
    """Key → where the report has been put for the runner, which need not ask."""

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(report for report, _ in self.orders)


class TranslateShard(NamedTuple):
    report: Report
    shard: StoredShard
    partitions: int

    @property
    def reports(self) -> tuple[Report, ...]:
        return (self.report,)


class PlanPartition(NamedTuple):
    report: Report
    number: int
    share: Share
    sizes: tuple[int, ...] | None = None
    """Of the blocks that lie one after the other in the shared memory; None where they have to be asked for."""

    @property
    def reports(self) -> tuple[Report, ...]:
        return (self.report,)


Order = ReadReports | TranslateShard | PlanPartition


# Questions and answers come from it, in a form in which nothing can be but what is declared here.


class Get(msgspec.Struct, tag=True):
    """The bytes of an object."""

    key: str
    start: int
    stop: int | None


class Put(msgspec.Struct, tag=True):
    """An object, which is the payload. Not answered."""

    key: str


class Begin(msgspec.Struct, tag=True):
    """An object in pieces; one at a time. Not answered."""

    key: str


class Write(msgspec.Struct, tag=True):
    """Its next piece, which is the payload. Not answered."""


class End(msgspec.Struct, tag=True):
    """It is whole, or shall be forgotten."""

    commit: bool


class Locate(msgspec.Struct, tag=True):
    """Where an object stands as a file; ``fetch`` makes it one where it is none."""

    key: str
    fetch: bool


class NextBlock(msgspec.Struct, tag=True):
    """Of the partition's blocks the next, or the first again."""

    first: bool


class ReadAnswer(msgspec.Struct):
    """Of one report: neither where it is too long to be read among others."""

    read: Read | None = None
    unread: str | None = None


class ReadDone(msgspec.Struct, tag=True):
    answers: list[ReadAnswer]


class TranslateDone(msgspec.Struct, tag=True):
    """The blocks lie one after the other in the shared memory."""

    counts: Counts
    tally: Tally
    sizes: list[Annotated[int, msgspec.Meta(ge=0)]]


class PlanDone(msgspec.Struct, tag=True):
    planned: Planned


class Failed(msgspec.Struct, tag=True):
    """``kind`` names the error's class; ``arguments`` are what it is made of, where it is one of the scanner's own."""

    kind: str
    text: str
    arguments: list[str | int | float | list[str] | None] | None = None


Done = ReadDone | TranslateDone | PlanDone | Failed
Said = Get | Put | Begin | Write | End | Locate | NextBlock | ReadDone | TranslateDone | PlanDone | Failed


class Reply(msgspec.Struct):
    """To a question; bytes that were asked for are the payload."""

    path: str | None = None
    missing: bool = False
    """There is no such object."""
    over: bool = False
    """There is no further block."""


encode = msgspec.msgpack.Encoder().encode
decode_said = msgspec.msgpack.Decoder(Said).decode
decode_reply = msgspec.msgpack.Decoder(Reply).decode


class Start(msgspec.Struct):
    """To the nursery, along with the runner's end of its channel, and memory that it shares with its workshop."""

    readable: list[str]
    memory_bytes: int
    formats: list[str]
    """To load before, so that no runner has to."""


class Started(msgspec.Struct):
    pid: int


class Over(msgspec.Struct):
    """A runner has ended: as ``os.waitstatus_to_exitcode`` tells it."""

    code: int
