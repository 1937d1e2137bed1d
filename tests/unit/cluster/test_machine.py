"""The job machine: what it commands, and that any order of events ends in one end."""

from collections import Counter as Multiset

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.errors import BrokenMachineError
from cluster.machine import (
    MOST_SENDINGS,
    BatchFailed,
    BatchImported,
    BatchLost,
    Command,
    Event,
    ImportBatch,
    JobMachine,
    PartitionPlanned,
    Phase,
    PlanPartition,
    PlanStored,
    Progress,
    ReadReport,
    ReportSharded,
    ReportTranslated,
    Settle,
    ShardTranslated,
    StepFailed,
    Stopped,
    StorePlan,
    TranslateShard,
    failure_text,
)
from cluster.resources import LARGEST_PARTITION_BYTES, SHARE_BYTES
from jobs_store.jobs import Batch, BatchState, JobStatus
from scanner.batching import PieceInfo
from scanner.collecting import Counts
from scanner.merging import Ratings
from scanner.model import AssetType
from scanner.regrouping import WHOLE, Share
from scanner.translation import SkippedRecord, Tally

CANCELLED = Stopped(JobStatus.CANCELLED, "cancelled by a client")


def piece(number: int) -> PieceInfo:
    return PieceInfo(number, AssetType.INFRA, 1, 2, 100)


def batch(number: int, needs: tuple[int, ...], assets: int, findings: int, imported: bool = False) -> Batch:
    state = BatchState.IMPORTED if imported else BatchState.PENDING
    return Batch(number, AssetType.INFRA, "new", needs, assets, findings, 100, state=state)


def answer(machine: JobMachine, event: Event) -> list[Command]:
    """The one command that is due is answered with the event; gives back what is due then."""
    (command,) = machine.take_due(10)
    machine.apply(command, event)
    return machine.take_due(10)


def translated(*pieces: PieceInfo) -> ReportTranslated:
    return ReportTranslated("trivy", Counts(findings=5, skipped=1), pieces, merged=2)


def test_a_short_report_is_read_stored_imported_and_settled() -> None:
    machine = JobMachine()
    assert machine.take_due(10) == [ReadReport()]
    machine.apply(ReadReport(), translated(piece(1)))
    assert machine.take_due(10) == [StorePlan((piece(1),))]
    machine.apply(StorePlan((piece(1),)), PlanStored((batch(1, (), 1, 2),)))
    assert machine.take_due(10) == [ImportBatch(1)]
    machine.apply(ImportBatch(1), BatchImported(1))
    (settle,) = machine.take_due(10)

    assert settle == Settle(JobStatus.COMPLETED)
    assert not machine.finished
    machine.settled(settle)
    assert machine.finished
    assert (machine.progress.findings_imported, machine.progress.assets_imported) == (2, 1)


def test_a_long_report_is_cut_translated_and_planned_in_that_order() -> None:
    machine = JobMachine()
    shards = answer(machine, ReportSharded("trivy", shards=2, partitions=2, skipped=1))
    assert shards == [TranslateShard(0, 2), TranslateShard(1, 2)]
    machine.apply(shards[1], ShardTranslated(1, Counts(findings=1, asset="second")))
    assert machine.take_due(10) == []
    machine.apply(shards[0], ShardTranslated(0, Counts(findings=2, skipped=1, severities={"high": 2}, asset="first")))
    partitions = machine.take_due(10)
    assert partitions == [PlanPartition(0, 2, partition=0), PlanPartition(1, 2, partition=1)]
    machine.apply(partitions[1], PartitionPlanned(1, (piece(1_000_001),), merged=3, merged_ratings=Ratings(0, {"high": 1})))
    machine.apply(partitions[0], PartitionPlanned(0, (piece(1),), oversized=1))
    assert machine.take_due(10) == [StorePlan((piece(1), piece(1_000_001)))]
    assert machine.progress.counts == Counts(findings=3, skipped=2, severities={"high": 1}, asset="first")
    assert (machine.progress.skipped, machine.progress.merged) == (3, 3)


def test_a_partition_that_turns_out_too_large_is_planned_in_shares() -> None:
    machine = JobMachine()
    shards = answer(machine, ReportSharded("trivy", shards=2, partitions=3))
    for number, shard in enumerate(shards):
        block_bytes = (10, SHARE_BYTES + number, LARGEST_PARTITION_BYTES)
        machine.apply(shard, ShardTranslated(number, Counts(findings=1), block_bytes=block_bytes))
    plans = [(plan.partition, plan.share) for plan in machine.take_due(20)]
    assert plans == [(1, WHOLE), *((2, Share(number, 6)) for number in range(6)), (0, WHOLE)]
    assert machine.progress.partitions == len(plans)


def test_the_longest_plans_are_due_first() -> None:
    machine = JobMachine()
    (shard,) = answer(machine, ReportSharded("trivy", shards=1, partitions=4))
    machine.apply(shard, ShardTranslated(0, Counts(findings=1), block_bytes=(5, 7, 5, 9)))
    assert machine.take_due(10) == [PlanPartition(number, 4, partition) for number, partition in enumerate((3, 1, 0, 2))]


def test_only_as_many_are_handed_out_as_there_is_room_for() -> None:
    machine = JobMachine()
    machine.apply(*machine.take_due(1), ReportSharded("trivy", shards=3, partitions=1))
    assert [len(machine.take_due(2)), len(machine.take_due(0)), len(machine.take_due(-1)), len(machine.take_due(5))] == [
        2,
        0,
        0,
        1,
    ]


def test_a_report_without_anything_in_it_is_complete() -> None:
    machine = JobMachine()
    answer(machine, translated())
    machine.apply(StorePlan(()), PlanStored(()))
    assert machine.take_due(10) == [Settle(JobStatus.COMPLETED)]


def test_a_cut_that_may_be_wrong_is_read_again_in_one_piece_but_once() -> None:
    machine = JobMachine()
    first, second = answer(machine, ReportSharded("tenable", shards=2, partitions=1))
    machine.apply(first, StepFailed("no end tag", shards_may_be_wrong=True))
    assert machine.take_due(10) == []  # the other shard is still under way
    machine.apply(second, ShardTranslated(1, Counts(findings=7)))
    assert machine.take_due(10) == [ReadReport(uncut=True)]
    assert machine.progress == Progress()

    machine.apply(ReadReport(uncut=True), ReportSharded("tenable", shards=1, partitions=1))
    (whole,) = machine.take_due(10)
    machine.apply(whole, StepFailed("no end tag", shards_may_be_wrong=True))
    assert machine.take_due(10) == [Settle(JobStatus.FAILED, "no end tag")]
    assert machine.ended_in is Phase.TRANSLATE


def test_a_report_of_which_nothing_can_be_read_fails_instead_of_closing_everything() -> None:
    machine = JobMachine()
    shards = answer(machine, ReportSharded("trivy", shards=2, partitions=1))
    unread = Tally(records=3, read=0, first_skipped=SkippedRecord("record[0]", "no severity"))
    for number, shard in enumerate(shards):
        machine.apply(shard, ShardTranslated(number, Counts(skipped=3), unread))
    (settle,) = machine.take_due(10)
    assert isinstance(settle, Settle)
    assert settle.status is JobStatus.FAILED
    assert "none of its 6 records could be read; record[0]: no severity" in settle.error


def test_one_shard_that_can_be_read_is_enough() -> None:
    machine = JobMachine()
    shards = answer(machine, ReportSharded("trivy", shards=2, partitions=1))
    unread = Tally(records=3, read=0, first_skipped=SkippedRecord("record[0]", "no severity"))
    machine.apply(shards[0], ShardTranslated(0, Counts(skipped=3), unread))
    machine.apply(shards[1], ShardTranslated(1, Counts(findings=1), Tally(records=1, read=1)))
    assert machine.take_due(10) == [PlanPartition(0, 1, partition=0)]


def test_batches_wait_for_what_they_need() -> None:
    machine = JobMachine.resume([batch(1, (), 1, 1), batch(2, (1,), 1, 1), batch(3, (2,), 0, 1)], Progress())
    assert answer(machine, BatchImported(1)) == [ImportBatch(2)]
    machine.apply(ImportBatch(2), BatchImported(2))
    assert machine.take_due(10) == [ImportBatch(3)]


def test_what_needs_a_failed_batch_is_never_sent() -> None:
    machine = JobMachine.resume([batch(1, (), 1, 1), batch(2, (1,), 1, 1)], Progress())
    (settle,) = answer(machine, BatchFailed(1, "refused"))
    assert settle == Settle(
        JobStatus.FAILED, "1 of 2 batches failed: batch 1: refused; 1 more were not sent because they need one that failed"
    )


def test_a_lost_batch_is_sent_again_but_not_forever() -> None:
    machine = JobMachine.resume([batch(1, (), 1, 1)], Progress())
    for _ in range(MOST_SENDINGS):
        assert machine.take_due(10) == [ImportBatch(1)]
        machine.apply(ImportBatch(1), BatchLost(1))
    (settle,) = machine.take_due(10)
    assert isinstance(settle, Settle)
    assert "died 5 times" in settle.error


def test_stopping_waits_for_what_is_under_way_and_counts_it() -> None:
    machine = JobMachine.resume([batch(n, (), 1, 1) for n in (1, 2, 3)], Progress())
    machine.take_due(2)
    machine.stop(CANCELLED)
    assert machine.take_due(10) == []
    machine.apply(ImportBatch(1), BatchImported(1))
    machine.apply(ImportBatch(2), Stopped(JobStatus.CANCELLED, "given up"))
    assert machine.take_due(10) == [Settle(JobStatus.CANCELLED, "cancelled by a client")]
    assert machine.progress.findings_imported == 1


def test_stopping_twice_or_too_late_changes_nothing() -> None:
    machine = JobMachine.resume([], Progress())
    machine.stop(CANCELLED)
    assert machine.take_due(10) == [Settle(JobStatus.COMPLETED)]
    other = JobMachine()
    other.stop(CANCELLED)
    other.stop(Stopped(JobStatus.FAILED, "out of time"))
    assert other.take_due(10) == [Settle(JobStatus.CANCELLED, "cancelled by a client")]


def test_only_three_errors_are_told_in_full() -> None:
    text = failure_text(dict.fromkeys(range(1, 6), "refused"), unsent=0, batches=9)
    assert text == "5 of 9 batches failed: batch 1: refused; batch 2: refused; batch 3: refused; and 2 more"


def test_the_history_tells_what_came_and_keeps_none_of_it() -> None:
    machine = JobMachine()
    answer(machine, translated(piece(1)))
    machine.apply(StorePlan((piece(1),)), PlanStored((batch(1, (), 1, 2),)))
    machine.stop(CANCELLED)
    assert machine.history.lines == (
        "1. ReadReport: ReportTranslated",
        "2. StorePlan: PlanStored",
        "3. from outside: Stopped",
    )


def test_the_history_is_bounded() -> None:
    machine = JobMachine.resume([batch(1, (), 1, 1)], Progress())
    for _ in range(200):
        machine.stop(CANCELLED)
    assert len(machine.history.lines) == 100
    assert machine.history.lines[-1].startswith("200. ")


def test_a_machine_that_was_changed_behind_its_back_is_found_out() -> None:
    machine = JobMachine.resume([batch(1, (), 1, 1), batch(2, (1,), 1, 1)], Progress())
    machine.validate()
    machine.progress.findings_imported += 1
    with pytest.raises(BrokenMachineError, match="findings imported are miscounted"):
        machine.validate()


def test_a_batch_that_is_answered_twice_is_found_out() -> None:
    machine = JobMachine.resume([batch(1, (), 1, 1), batch(2, (1,), 1, 1)], Progress())
    machine.take_due(1)
    machine.apply(ImportBatch(1), BatchImported(1))
    machine.apply(ImportBatch(1), BatchImported(1))
    with pytest.raises(BrokenMachineError, match=r"ImportBatch 1: BatchImported 1, 2\. ImportBatch 1: BatchImported 1"):
        machine.validate()


# Any order of events ------------------------------------------------------------------------------------------------------


class Drive:
    """Hands out commands and answers them in any order with anything that may happen, and checks the rules on the way."""

    def __init__(self, data: st.DataObject, machine: JobMachine, batches: tuple[Batch, ...]) -> None:
        self.data, self.machine, self.batches = data, machine, batches
        self.known = {batch.number: batch for batch in batches}
        self.imported = {batch.number for batch in batches if batch.is_imported}
        self.resumed = frozenset(self.imported)
        self.sendings: Multiset[int] = Multiset()
        self.losses: Multiset[int] = Multiset()
        self.running: list[Command] = []
        self.settles: list[Settle] = []

    def run(self) -> Settle:
        for _ in range(300):
            for command in self.machine.take_due(self.data.draw(st.integers(0, 3), "room")):
                self.took(command)
            self.machine.validate()
            if self.machine.finished:
                break
            if self.running and self.data.draw(st.booleans(), "answer"):
                command = self.running.pop(self.data.draw(st.integers(0, len(self.running) - 1), "which"))
                self.machine.apply(command, self.answer(command))
            if self.data.draw(st.integers(0, 30), "stop") == 0:
                self.machine.stop(CANCELLED)
            self.machine.validate()
        else:
            self.finish()
        assert self.machine.take_due(99) == []
        assert len(self.settles) == 1
        return self.settles[0]

    def finish(self) -> None:
        """The luck of the draw has been slow: bring it to its end."""
        while not self.machine.finished:
            for command in self.machine.take_due(99):
                self.took(command)
            if self.running:
                command = self.running.pop()
                self.machine.apply(command, self.answer(command))
                self.machine.validate()

    def took(self, command: Command) -> None:
        assert not self.settles, "a command after the end"
        match command:
            case Settle():
                assert not self.running
                self.settles.append(command)
                self.machine.settled(command)
                return
            case ImportBatch(number):
                assert set(self.known[number].needs) <= self.imported
                assert number not in self.imported
                self.sendings[number] += 1
                assert self.sendings[number] <= 1 + self.losses[number]
        assert command not in self.running
        self.running.append(command)

    def answer(self, command: Command) -> Event:
        choice = self.data.draw(st.integers(0, 9), "outcome")
        match command:
            case ImportBatch(number):
                if choice == 0:
                    return BatchFailed(number, "refused")
                if choice == 1:
                    self.losses[number] += 1
                    return BatchLost(number)
                self.imported.add(number)
                return BatchImported(number, requests=2)
            case _ if choice == 0:
                return StepFailed("broken", shards_may_be_wrong=self.data.draw(st.booleans(), "cut"))
            case ReadReport():
                return self.data.draw(st.sampled_from([translated(piece(1)), ReportSharded("trivy", 3, 2)]))
            case TranslateShard(number):
                return ShardTranslated(number, Counts(findings=1))
            case PlanPartition(number):
                return PartitionPlanned(number, (piece(number),))
            case _:
                return PlanStored(self.batches)


@st.composite
def plans(draw: st.DrawFn, *, resumed: bool) -> tuple[Batch, ...]:
    """Batches that need some before them; where the job is resumed, some are imported, never one before what it needs."""
    batches: list[Batch] = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        needs = tuple(draw(st.sets(st.integers(1, number - 1), max_size=2))) if number > 1 else ()
        may_be = resumed and all(batches[need - 1].is_imported for need in needs)
        is_imported = may_be and draw(st.booleans())
        batches.append(batch(number, needs, draw(st.integers(0, 3)), draw(st.integers(0, 9)), is_imported))
    return tuple(batches)


@pytest.mark.parametrize("resumed", [False, True])
@given(data=st.data())
def test_any_order_of_events_ends_once_with_exact_counts(resumed: bool, data: st.DataObject) -> None:
    batches = data.draw(plans(resumed=resumed))
    machine = JobMachine.resume(batches, Progress()) if resumed else JobMachine()
    drive = Drive(data, machine, batches)

    settle = drive.run()

    done = machine.progress
    reached = machine.ended_in is Phase.IMPORT
    assert done.findings_imported == sum(drive.known[number].findings for number in drive.imported)
    assert done.assets_imported == sum(drive.known[number].assets for number in drive.imported)
    assert done.batches_imported == len(drive.imported)
    assert done.requests == 2 * len(drive.imported - drive.resumed)
    is_complete = reached and len(drive.imported) == len(batches)
    assert settle.status is JobStatus.COMPLETED or not is_complete or settle.status is JobStatus.CANCELLED
    if settle.status is JobStatus.COMPLETED:
        assert is_complete
