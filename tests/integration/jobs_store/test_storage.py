"""A directory and S3 behave alike."""

import errno
import os
import shutil
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs_store.errors import InvalidKeyError, ObjectNotFoundError, StorageUnavailableError
from jobs_store.storage import ObjectStorage, open_storage
from jobs_store.storage.s3 import PART_BYTES

KEY = "jobs/job-1/upload"


@pytest.fixture(params=["directory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    if request.param == "s3":
        return open_storage(request.getfixturevalue("s3_url"))
    return open_storage(f"file://{tmp_path}/objects")


def test_what_is_put_comes_back_in_parts_and_whole(storage: ObjectStorage) -> None:
    storage.put(KEY, b"0123456789")
    assert storage.get(KEY) == b"0123456789"
    assert storage.get(KEY, 2, 5) == b"234"
    assert storage.get(KEY, 8) == b"89"
    assert storage.get(KEY, 8, 99) == b"89"
    assert storage.get(KEY, 99) == storage.get(KEY, 3, 3) == b""
    assert b"|".join(storage.iterate(KEY, 4)) == b"0123|4567|89"
    assert storage.size(KEY) == 10


def test_an_empty_object_is_an_object(storage: ObjectStorage) -> None:
    storage.put(KEY, b"")
    assert storage.size(KEY) == 0
    assert storage.get(KEY) == storage.get(KEY, 1, 2) == b"".join(storage.iterate(KEY)) == b""


def test_a_writer_shows_nothing_before_it_commits(storage: ObjectStorage) -> None:
    with storage.writer(KEY) as writer:
        writer.write(b"half")
        assert list(storage.list()) == []
        writer.write(b" and half")
        writer.commit()
    assert storage.get(KEY) == b"half and half"


@pytest.mark.parametrize("size", [10, PART_BYTES * 2])
def test_an_abandoned_writer_leaves_the_old_object(storage: ObjectStorage, size: int) -> None:
    storage.put(KEY, b"old")

    class InterruptedUploadError(Exception):
        pass

    def abandon() -> None:
        with storage.writer(KEY) as writer:
            writer.write(b"x" * size)
            raise InterruptedUploadError

    with pytest.raises(InterruptedUploadError):
        abandon()
    assert storage.get(KEY) == b"old"
    assert list(storage.list()) == [KEY]


@pytest.mark.parametrize("size", [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES * 2 + 3])
def test_objects_of_several_parts(storage: ObjectStorage, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    with storage.writer(KEY) as writer:
        for start in range(0, size, 3_000_000):
            writer.write(data[start : start + 3_000_000])
        writer.commit()
    assert storage.size(KEY) == size
    assert storage.get(KEY) == data
    storage.download(KEY, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir() if path.name != "objects"] == ["copy"]


def test_the_last_writer_wins(storage: ObjectStorage) -> None:
    storage.put(KEY, b"old")
    storage.put(KEY, b"new")
    assert storage.get(KEY) == b"new"


def test_folders_are_listed_and_deleted_whole(storage: ObjectStorage) -> None:
    for key in ("jobs/job-1/upload", "jobs/job-1/batches/0", "jobs/job-10/upload", "other"):
        storage.put(key, b"")
    assert sorted(storage.list("jobs/job-1")) == ["jobs/job-1/batches/0", "jobs/job-1/upload"]
    storage.delete_prefix("jobs/job-1")
    storage.delete_prefix("jobs/job-1/")
    assert sorted(storage.list()) == ["jobs/job-10/upload", "other"]
    storage.delete("other")
    storage.delete("other")
    assert list(storage.list()) == ["jobs/job-10/upload"]
    assert list(storage.list("nowhere")) == []


def test_what_is_not_there_is_not_found(storage: ObjectStorage, tmp_path: Path) -> None:
    storage.put("jobs/job-1/upload", b"")
    for missing in ("jobs/job-2", "jobs/job-1"):
        with pytest.raises(ObjectNotFoundError):
            storage.size(f"{missing}/batches/1")
        with pytest.raises(ObjectNotFoundError):
            storage.get(f"{missing}/batches/1")
        with pytest.raises(ObjectNotFoundError):
            next(storage.iterate(f"{missing}/batches/1"))
        with pytest.raises(ObjectNotFoundError):
            storage.download(f"{missing}/batches/1", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_keys_are_judged_everywhere(storage: ObjectStorage, tmp_path: Path) -> None:
    for use in (storage.get, storage.size, storage.delete, storage.delete_prefix, storage.writer, storage.local_path):
        with pytest.raises(InvalidKeyError):
            use("../outside")
    with pytest.raises(InvalidKeyError):
        storage.put("../outside", b"")
    with pytest.raises(InvalidKeyError):
        storage.delete_prefix("")


def test_threads_may_share_it(storage: ObjectStorage) -> None:
    storage.ping()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: storage.put(f"jobs/{n}/upload", b"%d" % n), range(24)))
        assert list(threads.map(lambda n: storage.get(f"jobs/{n}/upload"), range(24))) == [b"%d" % n for n in range(24)]


def test_a_directory_is_private_and_can_be_mapped(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}/new/objects")
    storage.put(KEY, b"data")
    path = storage.local_path(KEY)
    assert path is not None
    assert path.read_bytes() == b"data"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}
    with pytest.raises(ObjectNotFoundError):
        storage.local_path("jobs/job-2/upload")


def test_a_directory_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    storage = open_storage(f"file://{tmp_path}/file")
    with pytest.raises(StorageUnavailableError):
        storage.ping()
    with pytest.raises(StorageUnavailableError):
        storage.put(KEY, b"")


def test_a_sync_that_failed_beside_writing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system tells a failure once: the sync at the end would succeed."""
    synced: list[int] = []

    def fail_once(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 1:
            raise OSError(errno.EIO, "the disk is broken")

    storage = open_storage(f"file://{tmp_path}")
    with storage.writer("whole") as writer:
        monkeypatch.setattr(os, "fsync", fail_once)
        for _ in range(9):
            writer.write(bytes(1 << 20))
        with pytest.raises(StorageUnavailableError, match="broken"):
            writer.commit()
    assert len(synced) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_bucket_has_no_files(s3_url: str) -> None:
    storage = open_storage(s3_url)
    storage.put(KEY, b"data")
    assert storage.local_path(KEY) is None


def test_a_bucket_that_is_not_there_is_unavailable(s3_url: str) -> None:
    storage = open_storage(s3_url.replace("s3://", "s3://no-such-"))
    with pytest.raises(StorageUnavailableError):
        storage.ping()
    with pytest.raises(StorageUnavailableError):
        storage.put(KEY, b"")


def test_a_server_that_is_not_there_is_unavailable(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        storage = open_storage(f"s3://bucket/?endpoint=http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(StorageUnavailableError):
            storage.ping()


def test_what_a_writer_that_died_left_goes_once_it_is_old(tmp_path: Path) -> None:
    """In S3 a rule of the bucket sees to it."""
    storage = open_storage(f"file://{tmp_path}/objects")
    storage.put("jobs/job-2/upload", b"whole")
    with storage.writer(KEY):
        (written,) = tmp_path.rglob(".upload.*")
        shutil.copy(written, written.with_name(f"{written.name}0"))  # as if this process had been killed here
    parts_id = storage.begin_parts("uploads/1/report")
    with storage.part_writer("uploads/1/report", parts_id, 1) as part:
        part.write(b"in parts")
        part.commit()

    assert storage.remove_unfinished(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert storage.remove_unfinished(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert list(storage.list()) == ["jobs/job-2/upload"]
    assert [part.number for part in storage.parts("uploads/1/report", parts_id)] == [1], "they expire with their upload"
    assert not list(tmp_path.rglob(".upload.*"))
