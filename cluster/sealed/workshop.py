"""Gives orders to a runner, and ends it when it goes beyond its limits."""

import fcntl
import mmap
import os
import pickle
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from cluster.errors import LostRunnerError, TaskLimitError
from cluster.report import TaskLimits
from cluster.sealed import failures
from cluster.sealed.channel import Channel, ChannelClosedError, Patience, write_shared
from cluster.sealed.environment import runner_environment
from cluster.sealed.granted import Granted
from cluster.sealed.messages import (
    Failed,
    Order,
    Over,
    PlanDone,
    PlanPartition,
    ReadDone,
    ReadReports,
    Start,
    Started,
    TranslateDone,
    decode_said,
    encode,
)
from cluster.sealed.nursery import MOST_BYTES
from cluster.sealed.serving import STORED_AT_ONCE, Serving
from jobs_store.storage import ObjectStorage
from scanner.readers.scratch import scratch_folder
from scanner.regrouping import Blocks

_START_SECONDS = 120.0
_NURSERY = (sys.executable, "-m", "cluster.sealed.nursery")

Answer = tuple[ReadDone | TranslateDone | PlanDone, memoryview]
"""What became of an order, and the blocks of a shard: valid until the next order."""


class Purpose(NamedTuple):
    """What a runner is for: it is used for nothing else."""

    job_id: str
    """Empty where it reads short reports of one tenant, copied to where it may read."""
    tenant: str
    places: tuple[str, ...]
    """Of the storage, where that is a folder."""
    memory_bytes: int


class Workshop:
    """One per process, and not for several threads at once: it carries out one order after the other.

    A runner is used again, as what it has learnt and freed makes it quicker: for further orders of its one job, or for further
    short reports of its one tenant. Whatever else comes gets another, which knows of no report. Nothing that a runner has
    started or written outlives it.
    """

    def __init__(self, nursery: Sequence[str] = _NURSERY) -> None:
        self._command = nursery
        self._stack = ExitStack()
        folder = self._stack.enter_context(scratch_folder())()
        self._scratch, self._inputs = folder / "runner", folder / "inputs"
        for made in (self._scratch, self._inputs):
            made.mkdir(mode=0o700)
        self._nursery: subprocess.Popen[bytes] | None = None
        self._control: socket.socket
        self._formats: dict[str, None] = {}
        """Slugs of formats that runners have met: those to come need not load them."""
        self._runner: _Runner | None = None
        self._storing = ThreadPoolExecutor(STORED_AT_ONCE, "store")

    def warm_up(self) -> None:
        """The nursery runs on return."""
        if self._nursery is None or self._nursery.poll() is not None:
            self._start_nursery()

    def carry_out(self, order: Order, limits: TaskLimits, storage: ObjectStorage, blocks: Blocks = tuple) -> Answer:
        """All that was to be stored is durable on return. Several reports are short ones, of one tenant.

        Raises `TaskLimitError` and `LostRunnerError`, `StorageUnavailableError`, and what the order itself came to.
        """
        granted = Granted(order.reports, storage)
        purpose = _purpose(order, granted, limits)

        def serving() -> Serving:
            return Serving(granted, storage, blocks, self._inputs, self._storing)

        if self._runner is not None and self._runner.purpose == purpose:
            try:
                return self._attempt(self._runner, order, limits, serving())
            except _BrokenRunnerError:
                pass  # what was read before may be to blame, and has gone with the runner
        try:
            runner = self._start_runner(purpose)
            return self._attempt(runner, order, limits, serving())
        except _BrokenRunnerError as broken:
            raise TaskLimitError(broken.reason) from None

    def close(self) -> None:
        """Nothing of it runs, or is on the disk, on return."""
        self._end_runner()
        if self._nursery is not None:
            self._control.close()
            self._nursery.wait()
        self._storing.shutdown()
        self._stack.close()

    def _attempt(self, runner: "_Runner", order: Order, limits: TaskLimits, serving: Serving) -> Answer:
        try:
            done, payload = runner.carry_out(order, limits, serving)
        except ChannelClosedError:
            raise _why(self._end_runner(), limits) from None
        except TimeoutError:
            self._end_runner()
            raise TaskLimitError(f"it takes more than {limits.seconds:.0f} seconds in one step (TASK_SECONDS)") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._end_runner()
            raise TaskLimitError("the process that read it answered what makes no sense") from None
        except BaseException:
            self._end_runner()
            raise
        finally:
            _empty(self._inputs)
        if isinstance(done, Failed):
            if done.kind == failures.OUT_OF_MEMORY:
                self._end_runner()  # it may be in any state
                raise _BrokenRunnerError(
                    f"it needs more than {limits.memory_bytes >> 20} MB of memory in one step (TASK_MEMORY_MB)"
                )
            raise failures.arrived(done)
        if isinstance(done, ReadDone):
            self._formats.update(dict.fromkeys(answer.read.format for answer in done.answers if answer.read is not None))
        return done, payload

    def _start_runner(self, purpose: Purpose) -> "_Runner":
        self._end_runner()
        self.warm_up()
        ours, theirs = socket.socketpair()
        shared = os.memfd_create("blocks", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        fcntl.fcntl(shared, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)  # what is mapped here stays
        start = Start([*purpose.places, str(self._inputs)], purpose.memory_bytes, [*self._formats])
        try:
            with theirs:
                socket.send_fds(self._control, [msgspec.json.encode(start)], [theirs.fileno(), shared])
            started = msgspec.json.decode(self._control.recv(MOST_BYTES), type=Started)
        except (OSError, msgspec.DecodeError) as error:
            ours.close()
            os.close(shared)
            self._end_nursery()
            raise LostRunnerError("no process for reading reports could be started") from error
        self._runner = _Runner(purpose, started.pid, Channel(ours), shared)
        return self._runner

    def _end_runner(self) -> int:
        """The code that it ended with, nothing of it being left; 0 where there was none."""
        runner, self._runner = self._runner, None
        if runner is None:
            return 0
        if not select.select([self._control], [], [], 0)[0]:  # else it is over, and its number may be another's
            runner.kill()
        runner.close()
        code = -signal.SIGKILL
        try:
            code = msgspec.json.decode(self._control.recv(MOST_BYTES), type=Over).code
        except (OSError, msgspec.DecodeError):
            self._end_nursery()
        _empty(self._scratch)
        return code

    def _start_nursery(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(_START_SECONDS)
        with theirs:
            self._nursery = subprocess.Popen(  # noqa: S603  our own interpreter
                [*self._command, str(theirs.fileno())],
                env=runner_environment(self._scratch),
                cwd=self._scratch,
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        if not self._control.recv(MOST_BYTES):
            self._end_nursery()
            raise LostRunnerError("the process that reads reports did not start")

    def _end_nursery(self) -> None:
        nursery, self._nursery = self._nursery, None
        if nursery is not None:
            self._control.close()
            nursery.kill()
            nursery.wait()


class _BrokenRunnerError(Exception):
    """A runner crashed or had no memory left: by the doing of this order, or of one before."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Runner:
    """A process that reads."""

    def __init__(self, purpose: Purpose, pid: int, channel: Channel, shared: int) -> None:
        self.purpose = purpose
        self._pid, self._channel, self._shared = pid, channel, shared

    def carry_out(
        self, order: Order, limits: TaskLimits, serving: Serving
    ) -> tuple[ReadDone | TranslateDone | PlanDone | Failed, memoryview]:
        patience = Patience(limits.seconds)
        if isinstance(order, PlanPartition) and order.share.of == 1:
            order = order._replace(sizes=write_shared(self._shared, serving.all_blocks()))
        if isinstance(order, ReadReports) and not self.purpose.job_id:
            order = order._replace(paths=serving.put_reports())
        self._channel.send(pickle.dumps(order), patience=patience)
        with serving:
            while True:
                message, payload = self._channel.receive(patience=patience)
                said = decode_said(message)
                if isinstance(said, ReadDone | TranslateDone | PlanDone | Failed):
                    serving.finish(said)
                    return said, self._shared_bytes(sum(said.sizes) if isinstance(said, TranslateDone) else 0)
                answer = serving.answer(said, payload)
                if answer is not None:
                    reply, part = answer
                    self._channel.send(encode(reply), part, patience=patience)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)

    def close(self) -> None:
        self._channel.close()
        os.close(self._shared)

    def _shared_bytes(self, size: int) -> memoryview:
        """What it has put there; the next order overwrites it. Raises DecodeError where that is less."""
        if size > os.fstat(self._shared).st_size:
            raise msgspec.DecodeError("more than there is")
        return memoryview(mmap.mmap(self._shared, size, access=mmap.ACCESS_READ) if size else b"")


def _purpose(order: Order, granted: Granted, limits: TaskLimits) -> Purpose:
    first = order.reports[0]
    if isinstance(order, ReadReports) and all(report.is_short for report in order.reports):
        return Purpose("", first.tenant, (), limits.memory_bytes)
    return Purpose(first.job_id, first.tenant, granted.places(), limits.memory_bytes)


def _why(code: int, limits: TaskLimits) -> Exception:
    """Why a runner is gone that nobody here has ended: a crash is a report's doing, but anybody may kill."""
    if code in (-signal.SIGKILL, -signal.SIGTERM):
        return LostRunnerError("the process that read it was killed")
    if code >= 0:
        return _BrokenRunnerError("the process that read it ended without an answer")
    name = signal.Signals(-code).name if -code in {*signal.Signals} else f"signal {-code}"
    return _BrokenRunnerError(
        f"the process that read it crashed ({name}), or needed more than {limits.memory_bytes >> 20} MB (TASK_MEMORY_MB)"
    )


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()
