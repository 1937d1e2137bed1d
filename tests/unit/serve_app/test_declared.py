"""Building the application where no secret is, with a Ray that runs the one task of it on a node that has some."""

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from ray import cloudpickle
from ray.serve import Application

from cluster.errors import SettingsMissingError
from cluster.settings import SECRET_FIELDS, SECRETS_FILE, Settings
from serve_app import declared
from serve_app.declared import Arguments, application
from serve_app.errors import StartError

TOLD = {"STORAGE_URL": "s3://bucket/service", "ACTOR_RESOURCE": "base", "API_RESOURCE": "api", "JOB_TIMEOUT": "77"}
SECRET = {
    "API_KEY": "canary-api-0123456789abcdef0123456789abcdef",
    "SECRET_KEY": "canary-secret-0123456789abcdef0123456789",
    "DATABASE_URL": "postgresql://canary:canary@db.example/scans",
    "REDIS_URL": "redis://:canary@redis.example",
}


class OtherNode:
    """Runs a task with `SECRET` in its environment; its answer is all that comes back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.given: dict[str, Any] = {}
        self.answers: list[bytes] = []

    def remote(self, function: Callable[[], Any]) -> Any:
        node = self

        class Task:
            def options(self, **given: Any) -> "Task":
                node.given = given
                return self

            def remote(self) -> bytes:
                with node._monkeypatch.context() as environment:
                    for name, value in SECRET.items():
                        environment.setenv(name, value)
                    node.answers.append(cloudpickle.dumps(function()))
                return node.answers[-1]

        return Task()

    def get(self, answer: bytes) -> Any:
        return pickle.loads(answer)


@pytest.fixture
def node(monkeypatch: pytest.MonkeyPatch) -> OtherNode:
    for name in (*map(str.upper, SECRET_FIELDS), SECRETS_FILE):
        monkeypatch.delenv(name, raising=False)
    for name, value in TOLD.items():
        monkeypatch.setenv(name, value)
    other = OtherNode(monkeypatch)
    monkeypatch.setattr(declared, "ray", other)
    return other


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    done: list[Any] = []
    monkeypatch.setattr(declared, "migrate", done.append)
    monkeypatch.setattr(declared, "start_service", done.append)
    return done


def test_what_needs_secrets_is_done_where_the_actors_are(node: OtherNode, done: list[Any]) -> None:
    built = application(Arguments(version="7"))
    assert isinstance(built, Application)
    assert node.given["name"] == "release 7"
    assert node.given["resources"].keys() == {"base"}
    database, settings = done
    assert database == SECRET["DATABASE_URL"].replace("postgresql://", settings.database_url.partition("//")[0] + "//")
    assert isinstance(settings, Settings)
    assert settings.job_timeout == 77


def test_no_secret_comes_back_nor_goes_on(node: OtherNode, done: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    built = application(Arguments())
    assert node.answers
    assert b"canary" not in node.answers[0] + cloudpickle.dumps(built)
    told, _ = node.get(node.answers[0])
    with pytest.raises(SettingsMissingError):
        told()
    for name, value in SECRET.items():
        monkeypatch.setenv(name, value)
    assert told() == done[1], "a replica completes them with its own"


def test_wrong_settings_end_it_with_their_names(node: OtherNode, done: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "canary")
    with pytest.raises(StartError, match="LOG_LEVEL") as caught:
        application(Arguments())
    assert "canary" not in str(caught.value)
    assert not done
