"""What travels with a shard is which bytes it has, and none of them."""

import pickle
from pathlib import Path

import pytest

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from scanner.detection import detect
from scanner.opening import open_documents
from scanner.shards import cut


@pytest.mark.parametrize("kind", ["nessus", "tenable-csv", "qualys-csv", "nuclei"])
def test_a_shard_is_described_in_two_kilobytes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"report.{KINDS[kind].extension}"
    write_report(KINDS[kind], path, findings=600, assets=20)
    for document in open_documents(path):
        shards = list(cut(document, detect(document), shard_bytes=50_000))
        assert len(shards) > 3
        assert max(len(pickle.dumps(shard)) for shard in shards) < 500
