"""Settings leave a process without their secrets, and are completed where they arrive."""

import base64
import pickle
from pathlib import Path

import msgspec
import pytest
from ray import cloudpickle

from cluster.errors import SettingsMissingError
from cluster.settings import SECRET_FIELDS, SECRETS_FILE, Settings, load_settings, secrets_of

SECRETS = {name: f"canary-{name}" for name in SECRET_FIELDS} | {
    "database_url": "postgresql://canary:canary@db.example/canary",
    "redis_url": "redis://:canary@redis.example",
    "webhook_secret": "whsec_" + base64.b64encode(b"canary" * 5).decode(),
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SECRET_FIELDS, SECRETS_FILE):
        monkeypatch.delenv(name.upper(), raising=False)


def settings() -> Settings:
    return load_settings(None, storage_url="file:///there", phoenix_tags="a=b,c", job_timeout=7, **SECRETS)


def test_no_secret_travels_nor_is_shown() -> None:
    sent = settings()
    assert b"canary" not in cloudpickle.dumps(sent)
    assert b"canary" not in cloudpickle.dumps(lambda: sent)
    assert "canary" not in repr(sent).replace(SECRETS["phoenix_client_id"], "")


def test_they_are_completed_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("JOB_TIMEOUT", "8")  # what is no secret is as it was where the service was started
    assert pickle.loads(pickle.dumps(settings())) == settings()


def test_they_are_completed_from_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_bytes(secrets_of(settings()))
    monkeypatch.setenv(SECRETS_FILE, str(file))
    assert pickle.loads(pickle.dumps(settings())) == settings()


@pytest.mark.parametrize("missing", ["SECRET_KEY", "REDIS_URL"])
def test_a_node_that_lacks_one_says_which(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.delenv(missing)
    with pytest.raises(SettingsMissingError, match=missing) as caught:
        pickle.loads(pickle.dumps(settings()))
    assert "canary" not in str(caught.value)


def test_a_file_that_is_none_is_named_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_bytes(msgspec.json.encode(["canary"]))
    monkeypatch.setenv(SECRETS_FILE, str(file))
    with pytest.raises(SettingsMissingError, match=SECRETS_FILE) as caught:
        pickle.loads(pickle.dumps(settings()))
    assert "canary" not in str(caught.value)
