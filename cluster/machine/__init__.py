"""What a job does next: a pure machine, events in, commands out. No clock, no I/O, no Ray.

    read ──► translate shards ──► plan partitions ──► store the plan ──► import batches ──► settle
      └──────── a short report is translated by the read ──┘        (the durable point)

A command that was handed out is answered by exactly one event. Any order of events ends in one final command, `Settle`.
"""

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
from cluster.machine.jobs import MOST_SENDINGS, JobMachine, failure_text
from cluster.machine.progress import Phase, Progress

__all__ = [
    "MOST_SENDINGS",
    "BatchFailed",
    "BatchImported",
    "BatchLost",
    "Command",
    "Event",
    "ImportBatch",
    "JobMachine",
    "PartitionPlanned",
    "Phase",
    "PlanPartition",
    "PlanStored",
    "Progress",
    "ReadReport",
    "ReportSharded",
    "ReportTranslated",
    "Settle",
    "ShardTranslated",
    "StepFailed",
    "Stopped",
    "StorePlan",
    "TranslateShard",
    "failure_text",
]
