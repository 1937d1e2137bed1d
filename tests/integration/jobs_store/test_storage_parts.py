"""Objects in parts: a directory and S3 behave alike."""

import os
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from jobs_store.errors import InvalidKeyError, ObjectNotFoundError
from jobs_store.storage import ObjectStorage, StoredPart, open_storage

KEY = "uploads/upload-1/report"
PART_BYTES = 5 << 20  # the least that S3 takes
HOUR = timedelta(hours=1)


@pytest.fixture(params=["directory", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    if request.param == "s3":
        return open_storage(request.getfixturevalue("s3_url"))
    return open_storage(f"file://{tmp_path}/objects")


def write_part(storage: ObjectStorage, parts_id: str, number: int, data: bytes) -> None:
    with storage.part_writer(KEY, parts_id, number) as writer:
        writer.write(data[:1000])
        writer.write(data[1000:])
        writer.commit()


def sizes(storage: ObjectStorage, parts_id: str) -> list[tuple[int, int]]:
    return [(part.number, part.size_bytes) for part in storage.parts(KEY, parts_id)]


def test_parts_come_in_any_order_and_at_once(storage: ObjectStorage) -> None:
    data = os.urandom(2 * PART_BYTES + 77)
    pieces = {number + 1: data[number * PART_BYTES : (number + 1) * PART_BYTES] for number in range(3)}
    parts_id = storage.begin_parts(KEY)
    assert storage.parts(KEY, parts_id) == []
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda number: write_part(storage, parts_id, number, pieces[number]), (3, 1, 2)))
    assert sizes(storage, parts_id) == [(1, PART_BYTES), (2, PART_BYTES), (3, 77)]
    assert list(storage.list()) == []  # nothing is visible yet
    storage.complete_parts(KEY, parts_id, storage.parts(KEY, parts_id))
    assert b"".join(storage.iterate(KEY)) == data
    assert list(storage.list()) == [KEY]


def test_a_part_that_is_sent_again_replaces_the_first(storage: ObjectStorage) -> None:
    parts_id = storage.begin_parts(KEY)
    write_part(storage, parts_id, 1, b"first" * 1000)
    write_part(storage, parts_id, 1, b"second")
    assert sizes(storage, parts_id) == [(1, 6)]
    storage.complete_parts(KEY, parts_id, storage.parts(KEY, parts_id))
    assert storage.get(KEY) == b"second"


def test_a_part_that_breaks_off_has_not_arrived(storage: ObjectStorage) -> None:
    parts_id = storage.begin_parts(KEY)
    with storage.part_writer(KEY, parts_id, 1) as writer:
        writer.write(b"half")
    assert storage.parts(KEY, parts_id) == []


def test_what_is_over_takes_nothing_any_more(storage: ObjectStorage) -> None:
    parts_id = storage.begin_parts(KEY)
    write_part(storage, parts_id, 1, b"x")
    storage.abort_parts(KEY, parts_id)
    storage.abort_parts(KEY, parts_id)
    with pytest.raises(ObjectNotFoundError):
        storage.parts(KEY, parts_id)
    assert list(storage.list()) == []


def test_a_folder_that_is_over_takes_no_part(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}/objects")
    parts_id = storage.begin_parts(KEY)
    storage.abort_parts(KEY, parts_id)
    with pytest.raises(ObjectNotFoundError):
        write_part(storage, parts_id, 1, b"x")
    with pytest.raises(ObjectNotFoundError):
        storage.complete_parts(KEY, parts_id, [StoredPart(1, 1)])


def test_two_uploads_to_one_key_do_not_meet(storage: ObjectStorage) -> None:
    first, second = storage.begin_parts(KEY), storage.begin_parts(KEY)
    write_part(storage, first, 1, b"first")
    write_part(storage, second, 1, b"second")
    storage.complete_parts(KEY, first, storage.parts(KEY, first))
    assert sizes(storage, second) == [(1, 6)]
    assert storage.get(KEY) == b"first"


def test_an_abandoned_folder_goes_with_what_is_around_it(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}/objects")
    write_part(storage, storage.begin_parts(KEY), 1, b"x")
    storage.delete_prefix("uploads/upload-1")
    assert not list(tmp_path.rglob("*upload-1*"))


@pytest.mark.parametrize("parts_id", ["../../../etc", "", "0123456789abcdef/..", "ABCDEF0123456789"])
def test_a_hostile_id_names_no_folder(tmp_path: Path, parts_id: str) -> None:
    storage = open_storage(f"file://{tmp_path}/objects")
    with pytest.raises(ObjectNotFoundError):
        storage.parts(KEY, parts_id)
    with pytest.raises(ObjectNotFoundError):
        storage.part_writer(KEY, parts_id, 1)


def test_a_hostile_key_begins_nothing(storage: ObjectStorage) -> None:
    with pytest.raises(InvalidKeyError):
        storage.begin_parts("../outside")


def test_a_part_goes_to_s3_without_us(s3_url: str, s3_endpoint: str) -> None:
    storage = open_storage(f"{s3_url}&public_endpoint={s3_endpoint}")
    parts_id = storage.begin_parts(KEY)
    url = storage.presign_part(KEY, parts_id, 1, 5, HOUR)
    assert url is not None
    assert "content-length" in url  # signed: another length is refused by S3 itself
    request = urllib.request.Request(url, b"12345", {"Content-Type": ""}, method="PUT")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
    storage.complete_parts(KEY, parts_id, storage.parts(KEY, parts_id))
    assert storage.get(KEY) == b"12345"


def test_no_url_names_an_endpoint_that_only_we_know(storage: ObjectStorage) -> None:
    assert storage.presign_part(KEY, storage.begin_parts(KEY), 1, 5, HOUR) is None
