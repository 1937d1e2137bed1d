import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs_store.errors import InvalidKeyError
from jobs_store.storage.keys import valid_folder, valid_key, valid_prefix


@pytest.mark.parametrize("key", ["a", "jobs/job-1/upload", "jobs/job-1/batches/12", "a.b_c-d/E.json.zst", "_x"])
def test_plain_keys(key: str) -> None:
    assert valid_key(key) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../a",
        "a/../b",
        "a/.b",
        "a\\b",
        "a b",
        "a\n",
        "a\0",
        "ä",
        "a" * 200,
        "/".join("a" * 40),
    ],
)
def test_others_are_refused(key: str) -> None:
    with pytest.raises(InvalidKeyError):
        valid_key(key)


@given(st.text(alphabet="ab./\\~\0", max_size=12))
def test_no_key_leaves_its_folder(key: str) -> None:
    try:
        parts = valid_key(key).split("/")
    except InvalidKeyError:
        return
    assert all(part not in ("", ".", "..") for part in parts)


def test_prefixes_are_folders() -> None:
    assert valid_prefix("") == ""
    assert valid_prefix("jobs/") == valid_prefix("jobs") == "jobs"
    with pytest.raises(InvalidKeyError):
        valid_folder("")
