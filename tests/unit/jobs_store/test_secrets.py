import pytest

from jobs_store.errors import SecretError
from jobs_store.secrets import SecretBox


def test_what_is_encrypted_comes_back_and_is_not_seen() -> None:
    box = SecretBox(["a key"])
    sealed = box.encrypt("hunter2 ä")
    assert "hunter2" not in sealed
    assert box.decrypt(sealed) == "hunter2 ä"


def test_a_new_key_in_front_still_reads_the_old_one() -> None:
    sealed = SecretBox(["old"]).encrypt("hunter2")
    rotated = SecretBox.from_setting("new, old")
    assert rotated.decrypt(sealed) == "hunter2"
    assert SecretBox(["new"]).decrypt(rotated.encrypt("hunter2")) == "hunter2"


def test_a_wrong_key_says_so() -> None:
    sealed = SecretBox(["old"]).encrypt("hunter2")
    with pytest.raises(SecretError, match="another SECRET_KEY"):
        SecretBox(["new"]).decrypt(sealed)


@pytest.mark.parametrize("keys", [[], [""], [" ", ""]])
def test_no_key_is_refused(keys: list[str]) -> None:
    with pytest.raises(SecretError, match="empty"):
        SecretBox(keys)


def test_shows_no_key() -> None:
    assert "hunter2" not in repr(SecretBox(["hunter2"]))
