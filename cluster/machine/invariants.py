"""What holds of a job's machine whatever has happened; tests ask after every event."""

from collections.abc import Collection, Iterator, Mapping

from cluster.machine.commands import Command, ImportBatch, PlanPartition, ReadReport, Settle, StorePlan, TranslateShard
from cluster.machine.progress import Phase, Progress
from jobs_store.jobs import Batch

_COMMANDS: Mapping[Phase, type[Command]] = {
    Phase.READ: ReadReport,
    Phase.TRANSLATE: TranslateShard,
    Phase.PLAN: PlanPartition,
    Phase.STORE: StorePlan,
    Phase.IMPORT: ImportBatch,
    Phase.SETTLE: Settle,
}


def broken(
    *,
    phase: Phase,
    progress: Progress,
    due: Collection[Command],
    running: Collection[Command],
    batches: Mapping[int, Batch],
    waiting: Collection[int],
    imported: Collection[int],
    failed: Collection[int],
    is_stopped: bool,
) -> Iterator[str]:
    """Those that do not hold, in words."""
    rules = {
        "a command is due twice": len(set(due)) == len(due),
        "a command is due and under way": not set(due) & set(running),
        "a command is due that its phase has not": all(isinstance(command, _COMMANDS[phase]) for command in due),
        "more shards are done than there are": progress.shards_done <= progress.shards,
        "more partitions are done than there are": progress.partitions_done <= progress.partitions,
        "something is under way beside the end": phase is not Phase.SETTLE or len(due) + len(running) <= 1,
        "something but the end is due of what is stopped": not is_stopped or all(isinstance(c, Settle) for c in due),
        "a batch is imported and something else": not set(imported) & {*waiting, *failed},
        "a batch waits and has failed": not set(waiting) & set(failed),
        "batches imported are miscounted": progress.batches_imported == len(imported),
        "batches failed are miscounted": progress.batches_failed == len(failed),
        "assets imported are miscounted": progress.assets_imported == sum(batches[n].assets for n in imported),
        "findings imported are miscounted": progress.findings_imported == sum(batches[n].findings for n in imported),
    }
    yield from (rule for rule, holds in rules.items() if not holds)
    if phase is Phase.IMPORT:
        sent = {command.number for command in (*due, *running) if isinstance(command, ImportBatch)}
        if not is_stopped and batches.keys() != {*sent, *waiting, *imported, *failed}:
            yield "a batch is nowhere"
        if any(need not in imported for number in sent for need in batches[number].needs):
            yield "a batch is sent before one that it needs"
