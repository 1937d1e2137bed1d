"""A partition of one large asset, planned in shares by real tasks, one block at a time."""

from pathlib import Path

import msgspec
from large_reports import trivy

from cluster import machine
from cluster.bodies import load_body
from cluster.gateway import TaskGateway
from cluster.report import Report
from cluster.report_reader import ReportReader
from jobs_store.storage import layout, open_storage
from scanner.options import ImportOptions
from scanner.regrouping import SLICED_BYTES, Share

FINDINGS = 12_000
"""Of some 200 bytes: two shards with so many of them that blocks are sliced."""


async def test_shares_have_all_findings_of_an_asset_once(ray_cluster: None, tmp_path: Path) -> None:
    content = trivy(FINDINGS)
    assert len(content) > 2 * SLICED_BYTES
    storage = open_storage(tmp_path.as_uri())
    storage.put("jobs/job-1/upload", content)
    options = ImportOptions(assessment_name="nightly", max_payload_mb=0.3)
    report = Report(
        "job-1", "jobs/job-1/upload", "trivy.json", len(content), options, tmp_path.as_uri(), 0, shard_bytes=len(content) // 2
    )
    gateway = TaskGateway(report, ReportReader(tasks_at_once=lambda: 1))
    cut = await gateway.execute(machine.ReadReport())
    assert isinstance(cut, machine.ReportSharded)
    for number in range(cut.shards):
        translated = await gateway.execute(machine.TranslateShard(number, cut.shards))
        assert isinstance(translated, machine.ShardTranslated)
        assert sum(translated.block_bytes) > SLICED_BYTES / 2

    pieces = []
    for partition in range(cut.partitions):
        for number in range(4):
            command = machine.PlanPartition(len(pieces), 4, partition, Share(number, 4))
            planned = await gateway.execute(command)
            assert isinstance(planned, machine.PartitionPlanned)
            pieces += planned.pieces

    assert sum(piece.findings for piece in pieces) == FINDINGS
    assert [piece.part for piece in pieces].count(0) == 1
    bodies = [msgspec.json.decode(load_body(storage, layout.body(report.job_id, piece.place))) for piece in pieces]
    names = {finding["name"] for (asset,) in bodies for finding in asset["findings"]}
    assert len(names) == FINDINGS
