"""An actor that shares a process is called as any other is."""

from types import SimpleNamespace
from typing import Any

import pytest

from cluster import actors, names


class Method:
    """Of an actor: notes its calls."""

    def __init__(self, calls: list[tuple[Any, ...]], way: str, **options: Any) -> None:
        self._calls, self._way, self._options = calls, way, options

    def options(self, **options: Any) -> "Method":
        return Method(self._calls, self._way, **options)

    def remote(self, *arguments: Any) -> str:
        self._calls.append((self._way, arguments, self._options))
        return "answer"


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Of a process that has all but the importer in it."""
    made: list[tuple[Any, ...]] = []
    known = {
        names.BACKSTAGE: SimpleNamespace(call=Method(made, "call"), stream=Method(made, "stream")),
        names.importer(0): "importer",
    }

    def get_actor(name: str, namespace: str) -> Any:
        if name not in known:
            raise ValueError(name)
        return known[name]

    monkeypatch.setattr(actors.ray, "get_actor", get_actor)
    return made


def test_its_calls_go_through_the_process_that_it_is_in(calls: list[tuple[Any, ...]]) -> None:
    dispatcher = actors.find_actor(names.DISPATCHER)
    assert dispatcher.cancel.remote("job-1") == "answer"
    assert (
        actors.find_actor(names.coordinator(0)).run.options(num_returns="streaming", name="run").remote(["lease"]) == "answer"
    )
    assert dispatcher.wake.options(name="wake").remote() == "answer"
    assert calls == [
        ("call", (names.DISPATCHER, "cancel", "job-1"), {}),
        ("stream", (names.coordinator(0), "run", ["lease"]), {"num_returns": "streaming", "name": "run"}),
        ("call", (names.DISPATCHER, "wake"), {"name": "wake"}),
    ]


@pytest.mark.usefixtures("calls")
def test_an_actor_of_its_own_goes_first() -> None:
    assert actors.find_actor(names.importer(0)) == "importer"


def test_where_neither_has_been_started_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_actor(name: str, namespace: str) -> Any:
        raise ValueError(name)

    monkeypatch.setattr(actors.ray, "get_actor", get_actor)
    with pytest.raises(ValueError, match=names.BACKSTAGE):
        actors.find_actor(names.DISPATCHER)
