"""Bodies are durable when their writer is left, few are on their way at once, and what fails is told."""

import random
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from cluster.bodies import BodyWriter, load_body
from cluster.report import Report
from jobs_store.errors import StorageUnavailableError
from jobs_store.storage import layout
from jobs_store.storage.directory import DirectoryStorage
from scanner.options import ImportOptions


class WatchedStorage(DirectoryStorage):
    """Counts what is on its way at once; storing waits until ``company`` are there."""

    def __init__(self, root: Path, company: int = 1) -> None:
        super().__init__(root)
        self._lock, self._met = threading.Lock(), threading.Barrier(company)
        self.bytes = self.most_bytes = 0
        self.broken_key = ""

    def put(self, key: str, data: bytes) -> None:
        with self._lock:
            self.bytes += len(data)
            self.most_bytes = max(self.most_bytes, self.bytes)
        self._met.wait(10)
        if key == self.broken_key:
            raise StorageUnavailableError("the disk is full")
        super().put(key, data)
        with self._lock:
            self.bytes -= len(data)


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report(
        job_id="job-1",
        key="received/report",
        filename="report.json",
        size_bytes=1,
        options=ImportOptions(),
        storage_url=tmp_path.as_uri(),
        short_bytes=1,
        shard_bytes=1,
    )


def test_all_are_stored_when_it_is_left(report: Report, tmp_path: Path) -> None:
    storage = WatchedStorage(tmp_path, company=4)  # passes only where four are stored at the same time
    _store(report, storage, range(20))
    assert [load_body(storage, layout.body(report.job_id, number)) for number in range(20)] == [
        b"body %d" % n for n in range(20)
    ]


def test_large_ones_wait_for_each_other(report: Report, tmp_path: Path) -> None:
    storage = WatchedStorage(tmp_path)
    with BodyWriter(report.job_id, storage) as writer:
        for number in range(6):
            writer.store(number, _incompressible(7_000_000, number))
    assert len(list(storage.list())) == 6
    assert storage.most_bytes < 16_000_000


def test_a_body_that_cannot_be_stored_is_told(report: Report, tmp_path: Path) -> None:
    storage = WatchedStorage(tmp_path)
    storage.broken_key = layout.body(report.job_id, 1)
    with pytest.raises(StorageUnavailableError):
        _store(report, storage, range(3))


def test_an_error_between_them_is_the_one_that_is_told(report: Report, tmp_path: Path) -> None:
    storage = WatchedStorage(tmp_path)
    storage.broken_key = layout.body(report.job_id, 1)
    with pytest.raises(ZeroDivisionError):
        _store(report, storage, (1 // number for number in (1, 0)))


def _store(report: Report, storage: DirectoryStorage, numbers: Iterable[int]) -> None:
    with BodyWriter(report.job_id, storage) as writer:
        for number in numbers:
            writer.store(number, b"body %d" % number)


def _incompressible(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)
