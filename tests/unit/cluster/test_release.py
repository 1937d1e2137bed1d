"""What makes another release, and in which order one gives way to the next, with a Ray that only takes notes."""

from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from cluster import names, release
from cluster.errors import ClusterUnavailableError
from cluster.settings import Settings, load_settings

SETTINGS = load_settings(
    None, api_key="canary-api", secret_key="k" * 40, database_url="sqlite:///canary.db", storage_url="file:///there"
)
OTHERS: dict[str, Any] = {
    "log_level": "DEBUG",
    "storage_url": "file:///elsewhere",
    "api_key": SecretStr("another"),
    "secret_key": SecretStr("another" * 7),
    "database_url": "sqlite:///another.db",
    "phoenix_client_secret": SecretStr("another"),
}


class NotingRay:
    """Actors end when they are killed, but for the ``stubborn``; an importer that ends leaves one that it has started."""

    def __init__(self, running: set[str], stubborn: str = "") -> None:
        self.running, self.stubborn, self.done = running, stubborn, list[str]()
        self.noted: bytes | None = None
        self.started_late = {"phoenix-tenants"}

    def list_named_actors(self, *, all_namespaces: bool) -> list[dict[str, str]]:
        if names.importer(0) not in self.running:
            self.running |= self.started_late
            self.started_late = set()
        others = [{"name": "somebody's", "namespace": "else"}] if all_namespaces else []
        return [{"name": name, "namespace": names.NAMESPACE} for name in self.running] + others

    def get_actor(self, name: str, namespace: str) -> "NotingActor":
        assert namespace == names.NAMESPACE
        if name not in self.running:
            raise ValueError(name)
        return NotingActor(self, name)

    def kill(self, actor: "NotingActor") -> None:
        self.done.append(f"kill {actor.name}")
        if actor.name != self.stubborn:
            self.running.discard(actor.name)

    def get(self, calls: list[str], timeout: float) -> None:
        self.done += calls

    def _internal_kv_get(self, key: bytes, *, namespace: bytes) -> bytes | None:
        return self.noted

    def _internal_kv_put(self, key: bytes, value: bytes, *, overwrite: bool, namespace: bytes) -> None:
        assert overwrite
        self.noted = value


class NotingActor:
    def __init__(self, ray: NotingRay, name: str) -> None:
        self.ray, self.name, self.give_back = ray, name, self

    def remote(self) -> str:
        return f"give back {self.name}"


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> NotingRay:
    noting = NotingRay({names.DISPATCHER, names.coordinator(0), names.importer(0), names.PHOENIX_TENANTS})
    monkeypatch.setattr(release, "ray", noting)
    monkeypatch.setattr(release, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=lambda _seconds: None))
    for name in ("list_named_actors", "_internal_kv_get", "_internal_kv_put"):
        monkeypatch.setattr(release, name, getattr(noting, name))
    return noting


def changed(**values: Any) -> Settings:
    return SETTINGS.model_copy(update=values)


@pytest.mark.parametrize("name", OTHERS)
def test_every_setting_makes_another_one(name: str) -> None:
    assert release.release_of(changed(**{name: OTHERS[name]})) != release.release_of(SETTINGS)


def test_so_does_the_version_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    before = release.release_of(SETTINGS)
    assert release.release_of(changed()) == before
    assert "canary" not in before
    monkeypatch.setattr(release, "version", lambda _package: "99")
    assert release.release_of(SETTINGS) != before


def test_jobs_are_given_back_between_whoever_hands_them_out_and_all_others(ray: NotingRay) -> None:
    release.end_others("new")
    assert ray.done[:2] == ["kill dispatcher", "give back coordinator-0"]
    assert ray.done.count("kill phoenix-tenants") == 2, "importers had started it again"
    assert not ray.running


def test_those_that_run_with_it_stay(ray: NotingRay) -> None:
    release.note("same")
    release.end_others("same")
    assert ray.done == []
    release.end_others("other")
    assert not ray.running


def test_an_actor_that_does_not_end_is_named(ray: NotingRay, monkeypatch: pytest.MonkeyPatch) -> None:
    ray.stubborn = names.importer(0)
    clock = count(step=30)
    monkeypatch.setattr(release, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=lambda _seconds: None))
    with pytest.raises(ClusterUnavailableError, match="importer-0"):
        release.end_all()
