"""Keys that anybody could try out are refused by name, and never shown."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from serve_app.embedded.configuration import embedded
from serve_app.embedded.data_folder import DataFolder
from serve_app.errors import StartError
from serve_app.identity.key_strength import weakness

STRONG = "kO3v-Zq81_tRw7LpXy2mNc"


@pytest.mark.parametrize("key", ["", "secret", "hunter2" * 2, "s" * 40, "12345678901234567890", "abababab" * 4, "changeme" * 3])
def test_weak(key: str) -> None:
    assert weakness(key)


@pytest.mark.parametrize("key", [STRONG, "correct horse battery staple"])
def test_strong(key: str) -> None:
    assert weakness(key) is None


@pytest.mark.parametrize("made", [lambda: secrets.token_urlsafe(32), lambda: secrets.token_hex(16)], ids=["urlsafe", "hex"])
def test_keys_as_they_are_made_are_strong(made: Callable[[], str]) -> None:
    assert weakness(made()) is None


@pytest.mark.parametrize(
    ("api_key", "secret_key", "named"),
    [
        ("short", STRONG, ["API_KEY"]),
        (STRONG, "s" * 40, ["SECRET_KEY"]),
        ("short", f"weak,{STRONG}", ["API_KEY", "SECRET_KEY"]),
    ],
)
def test_a_start_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api_key: str, secret_key: str, named: list[str]
) -> None:
    monkeypatch.setenv("API_KEY", api_key)
    monkeypatch.setenv("SECRET_KEY", secret_key)
    with pytest.raises(StartError) as caught:
        embedded(DataFolder(tmp_path))
    for name in ("API_KEY", "SECRET_KEY"):
        assert (f"{name} has" in str(caught.value)) is (name in named)
    assert "short" not in str(caught.value)
    assert "weak," not in str(caught.value)


def test_a_weak_key_that_is_being_replaced_may_stay_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", STRONG)
    monkeypatch.setenv("SECRET_KEY", f"{STRONG},weak")
    assert embedded(DataFolder(tmp_path)).new_api_key is None


def test_without_authentication_no_api_key_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", "none")
    monkeypatch.setenv("ENABLE_AUTH", "false")
    assert embedded(DataFolder(tmp_path)).new_api_key is None
