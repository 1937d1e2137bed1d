"""``python -m benchmarks.by_hand REPORT FOLDER``: a report's way to its stored bodies, with the work of the tasks, in one go.

Prints as JSON the bodies, and the most private memory that each kind of task took. A process of its own: else more is counted.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import msgspec

from benchmarks.errors import CommandFailedError
from benchmarks.memory import PeakOf
from cluster import work
from cluster.planning import plan
from cluster.report import Report
from cluster.sizing import shares
from jobs_store.jobs import Batch
from jobs_store.storage import open_storage
from scanner.batching import PieceInfo
from scanner.options import ImportOptions
from scanner.readers.document import mapped

_JOB = "job-benchmark"
_SHARD_BYTES = 16_000_000
"""As the service has it."""


class Prepared(msgspec.Struct, frozen=True):
    """``*_bytes`` are peaks of private memory, the interpreter's included."""

    storage_url: str
    batches: list[Batch]
    read_bytes: int
    translate_bytes: int
    plan_bytes: int

    @property
    def findings(self) -> int:
        return sum(batch.findings for batch in self.batches)


def prepare(report: Path, folder: Path) -> Prepared:
    """In another process. Raises `CommandFailedError`."""
    command = [sys.executable, "-m", "benchmarks.by_hand", str(report), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandFailedError("benchmarks.by_hand", done.returncode, done.stderr)
    return msgspec.json.decode(done.stdout, type=Prepared)


def report_of(path: Path, folder: Path) -> Report:
    """The report as a job's upload; storage is ``folder``."""
    key = f"jobs/{_JOB}/upload"
    place = folder / key
    place.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, place)
    return Report(
        job_id=_JOB,
        key=key,
        filename=path.name,
        size_bytes=path.stat().st_size,
        options=ImportOptions(assessment_name="benchmark"),
        storage_url=folder.as_uri(),
        short_bytes=0,  # whatever its size, it is cut
        shard_bytes=_SHARD_BYTES,
    )


def _prepare(report: Report, folder: Path) -> Prepared:
    """Blocks wait in files, so that no task's memory holds another's."""
    storage = open_storage(report.storage_url)
    with PeakOf(os.getpid()) as peak:
        read = work.read_report(report, storage)
        read_bytes = peak.take()
        pieces: list[PieceInfo] = []
        sizes = [0] * read.partitions
        for shard in read.shards:
            _, _, blocks = work.translate_shard(report, shard, read.partitions, storage)
            for partition, block in enumerate(blocks):
                (folder / f"block-{partition}-{shard.number}").write_bytes(block)
                sizes[partition] += len(block)
        translate_bytes = peak.take()
        plans = [(partition, share) for partition, size in enumerate(sizes) for share in shares(size)]
        for number, (partition, share) in enumerate(plans):
            paths = [folder / f"block-{partition}-{shard.number}" for shard in read.shards]
            reading = partial(map, lambda path: mapped(path)[0], paths)  # one at a time, as from the object store
            pieces += work.plan_partition(report, number, reading, storage, share).pieces
        plan_bytes = peak.take()
    return Prepared(report.storage_url, plan(report, pieces, stored=True), read_bytes, translate_bytes, plan_bytes)


if __name__ == "__main__":
    _folder = Path(sys.argv[2])
    sys.stdout.write(msgspec.json.encode(_prepare(report_of(Path(sys.argv[1]), _folder), _folder)).decode())
