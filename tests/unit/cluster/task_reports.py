"""Reports as tasks get them, and what all tasks of one together make."""

from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from operator import itemgetter

import msgspec

from cluster.bodies import load_body
from cluster.report import Report
from cluster.work import plan_partition, read_report, translate_shard
from jobs_store.storage import ObjectStorage
from scanner.batching import PieceInfo
from scanner.collecting import Counts
from scanner.options import ImportOptions
from scanner.regrouping import Share
from scanner.set_aside import DismissedRecord, MergedRecord, Record
from scanner.translation import SkippedRecord

OPTIONS = ImportOptions(assessment_name="nightly")


def report(
    storage: ObjectStorage, content: bytes, *, filename: str = "report.json", options: ImportOptions = OPTIONS
) -> Report:
    """Stored, and translated the short way."""
    key = "jobs/job-1/upload"
    storage.put(key, content)
    return Report("job-1", key, filename, len(content), options, "unused:", short_bytes=1 << 30, shard_bytes=1 << 20)


@dataclass
class Made:
    """The bodies and sums of a whole report, by either way."""

    counts: Counts
    pieces: list[PieceInfo]
    bodies: list[bytes]
    merged: int
    oversized: int = 0
    shards: int = 0

    def findings(self) -> dict[bytes, list[bytes]]:
        """Encoded findings by encoded attributes of their asset; sorted."""
        found: dict[bytes, list[bytes]] = {}
        for body in self.bodies:
            for asset in msgspec.json.decode(body):
                key = msgspec.json.encode((asset["attributes"], asset.get("tags")))
                found.setdefault(key, []).extend(msgspec.json.encode(finding) for finding in asset["findings"])
        return {key: sorted(findings) for key, findings in sorted(found.items())}


def short_way(given: Report, storage: ObjectStorage) -> Made:
    read = read_report(given, storage)
    assert read.shards == ()
    if read.body is not None:
        return Made(read.counts, list(read.pieces), [read.body], read.merged)
    return Made(
        read.counts,
        list(read.pieces),
        [load_body(storage, f"jobs/job-1/batches/{p.place}") for p in read.pieces],
        read.merged,
    )


def long_way(
    given: Report, storage: ObjectStorage, *, shard_bytes: int, partitions: int = 3, share_of: int = 1, uncut: bool = False
) -> Made:
    given = replace(given, short_bytes=0, shard_bytes=shard_bytes)
    read = read_report(given, storage, uncut=uncut)
    partitions = partitions if given.options.enable_batching else read.partitions
    counts, blocks = read.counts, []
    for shard in read.shards:
        own, _, packed = translate_shard(given, shard, partitions, storage)
        counts += own
        blocks.append(packed)
    shares = [Share(number, share_of) for number in range(share_of)]
    plans = list(product(range(partitions), shares))
    planned = [
        plan_partition(given, number, partial(map, itemgetter(partition), blocks), storage, share)
        for number, (partition, share) in enumerate(plans)
    ]
    for plan in planned:
        counts = counts.without(plan.merged_ratings)
    pieces = [piece for plan in planned for piece in plan.pieces]
    bodies = [load_body(storage, f"jobs/job-1/batches/{piece.place}") for piece in pieces]
    return Made(counts, pieces, bodies, sum(p.merged for p in planned), sum(p.oversized for p in planned), len(read.shards))


def skipped(storage: ObjectStorage) -> list[SkippedRecord]:
    return _told(storage, "skipped", SkippedRecord)


def dismissed(storage: ObjectStorage) -> list[DismissedRecord]:
    return _told(storage, "dismissed", DismissedRecord)


def merged(storage: ObjectStorage) -> list[MergedRecord]:
    return _told(storage, "merged", MergedRecord)


def _told(storage: ObjectStorage, fate: str, kind: type[Record]) -> list[Record]:
    lines = b"".join(storage.get(key) for key in sorted(storage.list(f"jobs/job-1/{fate}"))).splitlines()
    return [msgspec.json.decode(line, type=kind) for line in lines]
