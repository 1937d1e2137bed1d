"""A job's state and its transitions."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from cluster.errors import BrokenMachineError
from cluster.machine.commands import Command, ImportBatch, PlanPartition, ReadReport, Settle, StorePlan, TranslateShard
from cluster.machine.events import (
    BatchFailed,
    BatchImported,
    BatchLost,
    Event,
    PartitionPlanned,
    PlanStored,
    ReportSharded,
    ReportTranslated,
    ShardTranslated,
    StepFailed,
    Stopped,
)
from cluster.machine.history import History
from cluster.machine.invariants import broken
from cluster.machine.progress import Phase, Progress
from cluster.sizing import shares
from jobs_store.jobs import Batch, JobStatus
from scanner.batching import PieceInfo
from scanner.collecting import Counts
from scanner.errors import MalformedReportError
from scanner.translation import Tally

MOST_SENDINGS = 5
"""Times a batch is sent again because the process that sent it died."""


class JobMachine:
    """One job. Start it fresh, or with `resume` where a plan is stored already.

    What happens comes in by `apply` and `stop` and nowhere else; `history` tells what came.
    """

    def __init__(self) -> None:
        self.phase = Phase.READ
        self.ended_in = Phase.READ
        """The phase that the job had reached when nothing but settling was left."""
        self.progress = Progress()
        self.history = History()
        self._tally = Tally()
        self._first_assets: dict[int, str] = {}
        """What each shard's first asset is called: of the first shard that has one, it is the report's."""
        self._due: list[Command] = [ReadReport()]
        self._running: set[Command] = set()
        self._partition_bytes: list[int] = []
        self._pieces: dict[int, tuple[PieceInfo, ...]] = {}
        self._batches: dict[int, Batch] = {}
        self._waiting: dict[int, Batch] = {}
        self._imported: set[int] = set()
        self._errors: dict[int, str] = {}
        self._lost: dict[int, int] = {}
        self._uncut = False
        self._restart = False
        self._stop: Stopped | None = None

    @classmethod
    def resume(cls, batches: Iterable[Batch], progress: Progress) -> "JobMachine":
        """A job whose plan is stored: only what is not imported is sent."""
        machine = cls()
        machine.progress = progress
        machine._due = []
        machine._start_imports(tuple(batches))
        return machine

    @property
    def finished(self) -> bool:
        return self.phase is Phase.SETTLE and not self._due and not self._running

    @property
    def stopped(self) -> bool:
        """Commands under way shall be given up: nobody waits for what they do."""
        return self._stop is not None

    def are_last(self, commands: Iterable[Command]) -> bool:
        """Whether nothing is under way or due or waits beside them: once they have succeeded, the job is over."""
        return self._running == {*commands} and not self._due and not self._waiting

    def take_due(self, most: int) -> list[Command]:
        """Commands to start now, at most so many; they count as under way from here on."""
        taken, self._due = self._due[: max(most, 0)], self._due[max(most, 0) :]
        self._running.update(taken)
        return taken

    def settled(self, command: Settle) -> None:
        """The job's end is durable."""
        self._running.discard(command)

    def apply(self, command: Command, event: Event) -> None:
        """The command is over, and this is what became of it."""
        self.history.note(event, command)
        self._running.discard(command)
        if self._stop is None and not self._restart:
            self._advance(event)
        elif isinstance(event, BatchImported):
            self._count_imported(event)
        self._settle_when_over()

    def stop(self, stopped: Stopped) -> None:
        """No further command is due but `Settle`, once those under way have been answered."""
        self.history.note(stopped)
        self._stop_once(stopped)

    def validate(self) -> None:
        """Raises `BrokenMachineError` where an invariant does not hold. For tests: it looks at every batch."""
        found = broken(
            phase=self.phase,
            progress=self.progress,
            due=self._due,
            running=self._running,
            batches=self._batches,
            waiting=self._waiting.keys(),
            imported=self._imported,
            failed=self._errors.keys(),
            is_stopped=self._stop is not None,
        )
        if problems := tuple(found):
            raise BrokenMachineError(problems, self.history.lines)

    def _stop_once(self, stopped: Stopped) -> None:
        if self._stop is None and self.phase is not Phase.SETTLE:
            self._stop = stopped
            self._due.clear()
            self._settle_when_over()

    def _advance(self, event: Event) -> None:
        match event:
            case ReportSharded():
                self._start_shards(event)
            case ReportTranslated():
                self.progress.format, self.progress.counts = event.format, event.counts
                self.progress.merged = event.merged
                self._store(event.pieces)
            case ShardTranslated():
                self._shard_done(event)
            case PartitionPlanned():
                self._partition_done(event)
            case PlanStored():
                self._start_imports(event.batches)
            case BatchImported():
                self._count_imported(event)
                self._release_batches()
            case BatchFailed():
                self.progress.batches_failed += 1
                self.progress.requests += event.requests
                self._errors[event.number] = event.error
                self._release_batches()
            case BatchLost():
                self._send_again(event.number)
            case StepFailed():
                self._fail(event)
            case Stopped():
                self._stop_once(event)

    def _start_shards(self, event: ReportSharded) -> None:
        self.phase = Phase.TRANSLATE
        self.progress.format, self.progress.shards, self.progress.partitions = event.format, event.shards, event.partitions
        self.progress.counts = Counts(skipped=event.skipped)
        self._due.extend(TranslateShard(number, event.shards) for number in range(event.shards))

    def _shard_done(self, event: ShardTranslated) -> None:
        self.progress.shards_done += 1
        self.progress.counts = self.progress.counts + event.counts
        if event.counts.asset:
            self._first_assets[event.number] = event.counts.asset
            self.progress.counts.asset = self._first_assets[min(self._first_assets)]
        self._tally += event.tally
        self._partition_bytes = [sum(sizes) for sizes in zip_longest(self._partition_bytes, event.block_bytes, fillvalue=0)]
        if self.progress.shards_done == self.progress.shards:
            try:
                self._tally.require_any_read("")  # else it would close what earlier scans have found
            except MalformedReportError as error:
                self._stop_once(Stopped(JobStatus.FAILED, str(error)))
                return
            self._start_plans()

    def _start_plans(self) -> None:
        """The longest first: a worker that begins one when others have nothing left to do holds up the job."""
        self.phase = Phase.PLAN
        sizes = zip_longest(range(self.progress.partitions), self._partition_bytes, fillvalue=0)
        plans = [(size // share.of, partition, share) for partition, size in sizes for share in shares(size)]
        plans.sort(key=lambda plan: -plan[0])
        self.progress.partitions = len(plans)
        self._due.extend(
            PlanPartition(number, len(plans), partition, share) for number, (_, partition, share) in enumerate(plans)
        )

    def _partition_done(self, event: PartitionPlanned) -> None:
        self.progress.partitions_done += 1
        self.progress.merged += event.merged
        self.progress.counts = self.progress.counts.without(event.merged_ratings)
        self.progress.oversized += event.oversized
        self._pieces[event.number] = event.pieces
        if self.progress.partitions_done == self.progress.partitions:
            self._store(tuple(piece for number in sorted(self._pieces) for piece in self._pieces[number]))

    def _store(self, pieces: tuple[PieceInfo, ...]) -> None:
        self.phase = Phase.STORE
        self._due.append(StorePlan(pieces))

    def _start_imports(self, batches: tuple[Batch, ...]) -> None:
        self.phase = Phase.IMPORT
        self._batches = {batch.number: batch for batch in batches}
        self._imported = {batch.number for batch in batches if batch.is_imported}
        self._waiting = {batch.number: batch for batch in batches if not batch.is_imported}
        done = [self._batches[number] for number in self._imported]
        self.progress.batches = len(batches)
        self.progress.batches_imported = len(done)
        self.progress.assets_imported = sum(batch.assets for batch in done)
        self.progress.findings_imported = sum(batch.findings for batch in done)
        self._release_batches()
        self._settle_when_over()

    def _release_batches(self) -> None:
        """Batches leave when all that they need is IMPORTED; those that need a failed one never do."""
        ready = [number for number, batch in self._waiting.items() if all(need in self._imported for need in batch.needs)]
        for number in ready:
            del self._waiting[number]
        self._due.extend(ImportBatch(number) for number in ready)

    def _count_imported(self, event: BatchImported) -> None:
        batch = self._batches[event.number]
        self._imported.add(event.number)
        self.progress.batches_imported += 1
        self.progress.requests += event.requests
        self.progress.assets_imported += batch.assets
        self.progress.findings_imported += batch.findings

    def _send_again(self, number: int) -> None:
        self._lost[number] = self._lost.get(number, 0) + 1
        if self._lost[number] < MOST_SENDINGS:
            self._due.append(ImportBatch(number))
        else:
            self.progress.batches_failed += 1
            self._errors[number] = f"the process that sent it died {MOST_SENDINGS} times"
            self._release_batches()

    def _fail(self, event: StepFailed) -> None:
        if event.shards_may_be_wrong and not self._uncut and self.phase is Phase.TRANSLATE:
            # what looked like a record's start was text in it; read in one piece it may be fine
            self._uncut = self._restart = True
            self._due.clear()
            self.phase, self.progress, self._tally, self._partition_bytes = Phase.READ, Progress(), Tally(), []
            self._first_assets.clear()
            return
        self._stop_once(Stopped(JobStatus.FAILED, event.error))

    def _settle_when_over(self) -> None:
        if self._running or self._due or self.phase is Phase.SETTLE:
            return
        if self._stop is not None:
            self._settle(self._stop.status, self._stop.error)
        elif self._restart:
            self._restart = False
            self._due.append(ReadReport(uncut=True))
        elif self.phase is Phase.IMPORT:
            if self._errors or self._waiting:
                self._settle(JobStatus.FAILED, failure_text(self._errors, len(self._waiting), len(self._batches)))
            else:
                self._settle(JobStatus.COMPLETED)

    def _settle(self, status: JobStatus, error: str = "") -> None:
        self.ended_in, self.phase = self.phase, Phase.SETTLE
        self._due.append(Settle(status, error))


def failure_text(errors: dict[int, str], unsent: int, batches: int) -> str:
    """Which batches failed and why, the first three in full."""
    shown: Sequence[str] = [f"batch {number}: {error}" for number, error in sorted(errors.items())[:3]]
    text = f"{len(errors)} of {batches} batches failed: " + "; ".join(shown)
    if len(errors) > len(shown):
        text += f"; and {len(errors) - len(shown)} more"
    if unsent:
        text += f"; {unsent} more were not sent because they need one that failed"
    return text
