"""What each kind of task and actor takes of a node, and why: the one place that says so."""

from collections.abc import Iterable
from typing import Any, NamedTuple

MEGABYTE = 1 << 20


class TaskKind(NamedTuple):
    """``memory_bytes`` is the bound that the task holds to beside mapped files; Ray packs nodes by it."""

    num_cpus: float
    memory_bytes: int
    max_retries: int
    """Times Ray runs it again after the process or node died under it; tasks are idempotent."""

    def options(self, name: str, labels: Iterable[tuple[str, str]] = (), **more: Any) -> dict[str, Any]:
        selected = {"label_selector": dict(labels)} if labels else {}
        return (
            {
                "name": name,
                "num_cpus": self.num_cpus,
                "memory": self.memory_bytes,
                "max_retries": self.max_retries,
                "scheduling_strategy": "SPREAD",  # else short tasks queue on the first node while others idle
            }
            | selected
            | more
        )


READ = TaskKind(num_cpus=1, memory_bytes=300 * MEGABYTE, max_retries=3)
"""Maps the report; holds 80 bytes per JSON record and 300 per section (257 MB for 5 GB of Trivy; more JSON takes more), which
lines, rows and elements do not need; or all of a short report's findings (of 16 MB, as in a shard) and one request body."""

READ_TOGETHER = 32
READ_TOGETHER_BYTES = 4 * MEGABYTE
"""Reports that one task reads, and their size together: so little that it is soon done and its answer holds their bodies."""

TRANSLATE = TaskKind(num_cpus=1, memory_bytes=250 * MEGABYTE, max_retries=3)
"""One shard of 16 MB, its records, and its encoded findings: about ten times the shard with the interpreter. What a report
repeats (plugins) is in it, and stays with the process for the next shard: some 50 MB each of XML and CSV at most."""

PLAN = TaskKind(num_cpus=1, memory_bytes=300 * MEGABYTE, max_retries=3)
"""One partition of 32 MB of findings, joined, and one open request body of 25 MB per asset type; of a larger partition a share,
and one open body per asset that is divided."""

PARTITION_BYTES = 32 * MEGABYTE
"""Report bytes per partition: findings are about as large as the report that they come from."""

LARGEST_PARTITION_BYTES = 2 * PARTITION_BYTES
"""A partition of more is planned in several shares: it has assets with much of the report's findings."""

SHARE_BYTES = 23 * MEGABYTE
"""Blocks of such a partition per share at most: what a request holds is between half of it and all."""

BLOCK_BYTES = MEGABYTE // 8
"""What a block should have at least: Ray keeps results below 100 KB in their owner's memory, not in the object store."""

IN_FLIGHT_PER_CPU = 2
"""Translating and planning tasks of one job under way per CPU of the cluster: one that runs and one that is ready."""

IMPORTS_IN_FLIGHT = 64
"""Batches of one job handed to importers at once; the tenant's request budget decides how many really leave."""

COORDINATOR_JOBS = 64
"""Jobs that one coordinator carries at once; each is a few coroutines."""

IMPORTER_BATCHES = 64
"""Batches that one importer has under way at once; of one tenant three quarters, so that a slow Phoenix holds up no other."""

CALL_BYTES = 4 * MEGABYTE
"""Bodies of the batches in one call to an importer: Ray holds calls in memory, and larger batches go to importers in turn."""

IMPORTER_BYTES = 128 * MEGABYTE
"""Bodies that one importer holds at once, shared in the same way; it needs about twice as much, since a request is its head
and body joined."""
