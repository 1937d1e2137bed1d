"""What is wrong with a report's bytes is put right, or refused, in the same way whether it is read as a whole or cut."""

import json
from pathlib import Path

import pytest
from large_reports import generic, trivy
from task_reports import OPTIONS, long_way, report, short_way, skipped

from benchmarks.reports.kind import write_report
from benchmarks.reports.kinds import KINDS
from cluster.report import Report
from jobs_store.storage import ObjectStorage
from scanner.errors import LimitExceededError, MalformedReportError
from scanner.readers.encodings import is_utf8

_SHARD_BYTES = 60_000
_FINDINGS = 400


def made(kind: str, folder: Path) -> bytes:
    """Some hundred KB: what is looked at as its head is a part of that."""
    path = folder / "made"
    write_report(KINDS[kind], path, findings=_FINDINGS, assets=1 if KINDS[kind].most_assets == 1 else 9)
    return path.read_bytes()


def with_stray(content: bytes, *where: float) -> bytes:
    """A byte that is not UTF-8 in a text at each of those parts of the report."""
    for part in where:
        at = content.index(b" the ", int(part * len(content)))
        content = content[:at] + b" th\xe9 " + content[at + 5 :]
    return content


def require_the_same(given: Report, storage: ObjectStorage, *, least_shards: int = 3) -> None:
    short = short_way(given, storage)
    told = skipped(storage)
    storage.delete_prefix("jobs/job-1/skipped")
    long = long_way(given, storage, shard_bytes=_SHARD_BYTES)
    assert long.shards >= least_shards
    assert long.findings() == short.findings()
    assert (long.counts, long.merged) == (short.counts, short.merged)
    assert len(skipped(storage)) == len(told)
    assert sum(piece.findings for piece in short.pieces) > 0


def is_rewritten(storage: ObjectStorage) -> bool:
    return any(storage.list("jobs/job-1/documents"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", [(0.0,), (0.5,), (0.9,), (0.4, 0.6, 0.8)], ids=str)
def test_stray_bytes_mean_the_same_in_every_shard(
    kind: str, where: tuple[float, ...], directory: ObjectStorage, tmp_path: Path
) -> None:
    content = with_stray(made(kind, tmp_path), *where)
    assert not is_utf8(content)

    given = report(directory, content, filename=f"report.{KINDS[kind].extension}")
    require_the_same(given, directory)

    long = long_way(given, directory, shard_bytes=_SHARD_BYTES)
    assert all(is_utf8(body) for body in long.bodies)


@pytest.mark.parametrize("kind", ["trivy", "nuclei", "nessus", "tenable-csv"])
def test_a_shard_puts_its_own_bytes_right(kind: str, directory: ObjectStorage, tmp_path: Path) -> None:
    """Else the task that cuts would read all of the report, and write it."""
    content = with_stray(made(kind, tmp_path), 0.5, 0.6, 0.7, 0.8, 0.9)
    given = report(directory, content, filename=f"report.{KINDS[kind].extension}")
    long = long_way(given, directory, shard_bytes=_SHARD_BYTES)
    assert "thé".encode() in b"".join(long.bodies)
    assert not is_rewritten(directory)


@pytest.mark.parametrize("kind", ["trivy", "grype", "sarif"])
@pytest.mark.parametrize("where", [(), (0.5, 0.9)], ids=str)
def test_a_mapped_range_is_as_good_as_a_copy(
    kind: str, where: tuple[float, ...], directory: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written on, which must not reach the upload."""
    monkeypatch.setattr("scanner.shapes.json.spans._MAPPED_BYTES", 1)
    given = report(directory, with_stray(made(kind, tmp_path), *where), filename=f"report.{KINDS[kind].extension}")
    uploaded = directory.get(given.key)
    require_the_same(given, directory)
    assert directory.get(given.key) == uploaded


def test_a_record_at_the_very_end_has_nothing_behind_it(
    directory: ObjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.shapes.json.spans._MAPPED_BYTES", 1)
    documents = [json.dumps(json.loads(line), indent=1) for line in made("nuclei", tmp_path).splitlines()[:3]]
    given = report(directory, "\n".join(documents).encode())
    assert long_way(given, directory, shard_bytes=10).findings() == short_way(given, directory).findings()


def test_what_stands_beside_the_records_is_put_right_too(directory: ObjectStorage) -> None:
    content = json.loads(generic(120, 9))
    for name in ("tool", "Résumé"):
        beside = json.dumps(content | {name: " the "}, ensure_ascii=False).encode("cp1252")
        beside = beside[:100_000] + with_stray(beside[100_000:], 0.0)
        require_the_same(report(directory, beside), directory)
        assert is_rewritten(directory)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_other_encodings(kind: str, encoding: str, directory: ObjectStorage, tmp_path: Path) -> None:
    content = made(kind, tmp_path).decode().encode(encoding)
    require_the_same(report(directory, content, filename=f"report.{KINDS[kind].extension}"), directory)


def test_lines_that_are_cut_off_within_a_character(directory: ObjectStorage, tmp_path: Path) -> None:
    content = with_stray(made("nuclei", tmp_path), 0.5)[:-200] + "é".encode()[:1]
    require_the_same(report(directory, content, filename="report.jsonl"), directory)
    assert len(skipped(directory)) == 1


@pytest.mark.parametrize("kind", ["trivy", "sarif", "nessus", "tenable-csv"])
def test_a_document_that_is_cut_off_is_refused(kind: str, directory: ObjectStorage, tmp_path: Path) -> None:
    content = with_stray(made(kind, tmp_path), 0.5)[:-300]
    given = report(directory, content, filename=f"report.{KINDS[kind].extension}")
    for way in (short_way, lambda *arguments: long_way(*arguments, shard_bytes=_SHARD_BYTES)):
        with pytest.raises(MalformedReportError):
            way(given, directory)


@pytest.mark.parametrize("kind", ["trivy", "nuclei", "sarif"])
@pytest.mark.parametrize("where", [0.0, 0.5, 0.9])
def test_numbers_that_json_has_not(kind: str, where: float, directory: ObjectStorage, tmp_path: Path) -> None:
    content = made(kind, tmp_path)
    at = content.index(b',"', int(where * len(content)))
    content = content[:at] + b',"odd":-Infinity,"odder":NaN' + content[at:]
    require_the_same(report(directory, content, filename=f"report.{KINDS[kind].extension}"), directory)


def test_an_unreadable_line_beside_such_numbers_is_still_skipped(directory: ObjectStorage, tmp_path: Path) -> None:
    lines = made("nuclei", tmp_path).splitlines(keepends=True)
    lines[200] = b'{"odd": NaN, ' + lines[200].lstrip()[1:]
    lines[201] = b'{"broken": \n'
    require_the_same(report(directory, b"".join(lines), filename="report.jsonl"), directory)
    (told,) = skipped(directory)
    assert told.place.startswith("line ")


def test_dense_garbage_is_refused(directory: ObjectStorage) -> None:
    content = trivy(50)[:-2] + b"[]" + b",[]" * 2_500_000 + b"]}"
    given = report(directory, content, options=OPTIONS)
    with pytest.raises(LimitExceededError):
        long_way(given, directory, shard_bytes=1_000_000)
