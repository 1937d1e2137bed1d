"""Mappings of users: in a folder, with an upload, from another package."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.detection import detect
from scanner.opening import open_documents
from scanner.shards import cut, read_shard
from scanner.summary import summarize

MAPPING = """\
slug: acme
scanner: Acme
asset_type: CODE
names: [Acme Scan]
variants:
- shape: json
  recognise: {keys: [acmeVersion, hits]}
  records:
  - at: hits[]
    asset: {code: {source: report.project}}
    finding: {name: title, severity: level, location: file}
"""
REPORT = {"acmeVersion": 1, "project": "shop", "hits": [{"title": f"t{n}", "level": "high", "file": f"f{n}"} for n in range(5)]}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(REPORT))
    return path


def phoenix_scan(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("phoenix-scan")), *arguments]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60)


def test_a_folder_of_mappings(tmp_path: Path, report: Path) -> None:
    folder = tmp_path / "mappings"
    folder.mkdir()
    (folder / "acme.yaml").write_text(MAPPING)
    translated = phoenix_scan("translate", str(report), "--json", MAPPINGS_DIR=str(folder))
    found = json.loads(translated.stdout)
    assert (found["format"], found["findings"]["high"]) == ("acme", 5)
    named = phoenix_scan("translate", str(report), "--json", "--scanner-type", "Acme Scan", MAPPINGS_DIR=str(folder))
    assert json.loads(named.stdout) == found


def test_a_mapping_that_is_wrong_in_a_folder_is_named(tmp_path: Path, report: Path) -> None:
    (tmp_path / "bad.yaml").write_text("slug: [")
    failed = phoenix_scan("translate", str(report), MAPPINGS_DIR=str(tmp_path))
    assert failed.returncode == 1
    assert "bad.yaml" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_mapping_given_with_the_report(tmp_path: Path, report: Path) -> None:
    mapping = tmp_path / "acme.yaml"
    mapping.write_text(MAPPING)
    translated = phoenix_scan("translate", str(report), "--json", "--mapping", str(mapping))
    assert json.loads(translated.stdout)["findings"]["high"] == 5


def test_shards_bring_their_mapping(report: Path) -> None:
    """They are read by processes that have never heard of it."""
    (document,) = open_documents(report)
    detected = detect(document, mapping=MAPPING)
    shards = [pickle.loads(pickle.dumps(shard)) for shard in cut(document, detected, shard_bytes=60)]
    assert len(shards) == 5
    found = [
        section.translate(record, section.context)
        for shard in shards
        for section in read_shard(shard, _Source(report))
        for record in section.records
    ]
    assert [finding.name for finding in found] == [f"t{n}" for n in range(5)]


class _Source:
    name = "report.json"

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, start: int, stop: int) -> bytes:
        return self._path.read_bytes()[start:stop]

    def window(self, start: int, stop: int) -> None:
        return None

    def path(self) -> Path:
        return self._path


def test_a_report_of_another_format_is_not_read_by_it(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"results": []}')
    with pytest.raises(Exception, match="not a report of acme"):
        summarize(other, mapping=MAPPING)
