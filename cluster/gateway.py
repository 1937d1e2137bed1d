"""A job's Ray tasks: a command in, an event out."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import ray
from ray.exceptions import OutOfMemoryError, RayError, RayTaskError, WorkerCrashedError

from cluster import machine, tasks, tracing
from cluster.errors import JobFailedError
from cluster.report import Report, StoredShard
from cluster.report_reader import ReportReader
from cluster.resources import PLAN, TRANSLATE
from cluster.work import Read
from jobs_store.errors import StoreError
from jobs_store.storage import layout
from scanner.errors import MalformedReportError

ScanCommand = machine.ReadReport | machine.TranslateShard | machine.PlanPartition


class TaskGateway:
    """Runs the scan of one job. Holds references to shards and blocks, never their bytes, but for a short report's one body.

    Blocks live in the object store of the node that made them, spill to its disk when memory is short, and are dropped as soon
    as their partition is planned. All of it is owned by this process: when it dies the scan starts again.
    """

    def __init__(self, report: Report, reader: ReportReader) -> None:
        self._report, self._reader = report, reader
        self._shards: tuple[StoredShard, ...] = ()
        self._partitions = 0
        self._blocks: dict[int, dict[int, ray.ObjectRef[Any]]] = {}
        """Shard → partition → what the shard has for it."""
        self._running: set[ray.ObjectRef[Any]] = set()
        self.body: bytes | None = None
        """The request body of a short report that has only one."""

    async def execute(self, command: ScanCommand) -> machine.Event:
        """Never raises but for cancelling: whatever happens to a task is an event."""
        try:
            match command:
                case machine.ReadReport():
                    if command.uncut:
                        await asyncio.to_thread(self._forget_records)
                    return self._read(await self._reader.read(self._traced_report(), uncut=command.uncut))
                case machine.TranslateShard():
                    return await self._translate(command)
                case machine.PlanPartition():
                    return await self._plan(command)
        except JobFailedError as error:
            return machine.StepFailed(str(error))
        except RayTaskError as error:
            cause = error.cause
            is_cut = isinstance(cause, MalformedReportError) and isinstance(command, machine.TranslateShard)
            return machine.StepFailed(tasks.told(cause), shards_may_be_wrong=is_cut)
        except (WorkerCrashedError, OutOfMemoryError) as error:
            kind = "ran out of memory" if isinstance(error, OutOfMemoryError) else "died"
            return machine.StepFailed(f"the process that was {_doing(command)} {kind}, several times over")
        except RayError as error:
            return machine.StepFailed(f"the cluster failed while {_doing(command)}: {type(error).__name__}")

    def cancel(self) -> None:
        """Ends the tasks under way with their processes, whatever code they are in, and drops what they made."""
        for reference in tuple(self._running):
            ray.cancel(reference, force=True)
        self._blocks.clear()

    def _forget_records(self) -> None:
        """Of shards that were wrong; more of them than there will be may have told some."""
        with suppress(StoreError):  # then some are told twice
            storage = tasks.storage_at(self._report.storage_url)
            for fate in layout.Fate:
                storage.delete_prefix(layout.records(self._report.job_id, fate))

    def _read(self, read: Read) -> machine.Event:
        if not read.shards:
            self.body = read.body
            return machine.ReportTranslated(read.format, read.counts, read.pieces, read.merged)
        self._shards, self._partitions = read.shards, read.partitions
        self._blocks.clear()  # of an earlier cut, which was wrong
        return machine.ReportSharded(read.format, len(read.shards), read.partitions, read.reason, read.counts.skipped)

    async def _translate(self, command: machine.TranslateShard) -> machine.Event:
        name = f"translate {self._report.job_id} shard {command.number + 1}/{command.of}"
        options = TRANSLATE.options(name, self._report.node_labels, num_returns=1 + self._partitions)
        translated, *blocks = tasks.translate_shard.options(**options).remote(
            self._traced_report(), self._shards[command.number], self._partitions
        )
        counts, tally, block_bytes, seconds = await self._awaited(translated)
        self._blocks[command.number] = dict(enumerate(blocks))
        may_divide = self._report.options.enable_batching
        return machine.ShardTranslated(command.number, counts, tally, block_bytes if may_divide else (), seconds)

    async def _plan(self, command: machine.PlanPartition) -> machine.Event:
        name = f"plan {self._report.job_id} partition {command.number + 1}/{command.of}"
        options = PLAN.options(name, self._report.node_labels)
        partition, share = command.partition, command.share
        is_last = share.number == share.of - 1
        of_shards = [self._blocks[shard] for shard in sorted(self._blocks)]
        blocks = [own.pop(partition) if is_last else own[partition] for own in of_shards]
        if share.of == 1:
            task = tasks.plan_partition.options(**options).remote(self._traced_report(), command.number, *blocks)
        else:
            task = tasks.plan_share.options(**options).remote(self._traced_report(), command.number, share, blocks)
        planned = await self._awaited(task)
        return machine.PartitionPlanned(
            command.number, planned.pieces, planned.merged, planned.oversized, planned.merged_ratings
        )

    def _traced_report(self) -> Report:
        """For a task whose span belongs to the step that is under way here."""
        traceparent = tracing.current()
        return self._report if traceparent is None else replace(self._report, traceparent=traceparent)

    async def _awaited(self, reference: "ray.ObjectRef[Any]") -> Any:
        self._running.add(reference)
        try:
            return await asyncio.wrap_future(reference.future())
        finally:
            self._running.discard(reference)


def _doing(command: ScanCommand) -> str:
    match command:
        case machine.ReadReport():
            return "reading the report"
        case machine.TranslateShard():
            return f"translating shard {command.number + 1} of {command.of}"
        case machine.PlanPartition():
            return f"planning partition {command.number + 1} of {command.of}"
