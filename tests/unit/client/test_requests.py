"""Both clients are made of one description, and look as if they had been written out."""

import inspect
from collections.abc import Iterator

import pytest

from client.sdk import AsyncPhoenixScanner, PhoenixScanner, calls
from client.sdk.requests import Asked, Requests

NAMES = sorted(name for name, member in vars(Requests).items() if isinstance(member, Asked))


@pytest.fixture
def blocking() -> Iterator[PhoenixScanner]:
    with PhoenixScanner("http://127.0.0.1:9") as scanner:
        yield scanner


@pytest.mark.parametrize("name", NAMES)
def test_a_request_has_the_parameters_and_words_of_its_call(name: str, blocking: PhoenixScanner) -> None:
    described, method = getattr(calls, name), getattr(blocking, name)
    assert inspect.signature(method).parameters == inspect.signature(described).parameters
    assert method.__name__ == name
    assert method.__doc__ == described.__doc__ == getattr(PhoenixScanner, name).__doc__


@pytest.mark.parametrize("name", NAMES)
async def test_one_client_waits_and_the_other_is_awaited(name: str, blocking: PhoenixScanner) -> None:
    async with AsyncPhoenixScanner("http://127.0.0.1:9") as awaiting:
        assert inspect.iscoroutinefunction(getattr(awaiting, name))
    assert not inspect.iscoroutinefunction(getattr(blocking, name))


def test_both_clients_can_do_the_same() -> None:
    def offered(client: type) -> set[str]:
        return {name for name in dir(client) if not name.startswith("_")}

    assert offered(PhoenixScanner) == offered(AsyncPhoenixScanner) >= {*NAMES, "submit", "follow", "wait", "follow_bulk"}
