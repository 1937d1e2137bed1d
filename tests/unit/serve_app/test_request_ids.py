"""Each answer has an id: the client's where it is harmless, and the same in its body and in the log."""

import json
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from serve_app.request_ids_of_serve import leave_request_ids_to_us
from serve_app.wiring import Wiring

Connect = Callable[..., httpx.AsyncClient]


@pytest.mark.parametrize("path", ["/api/v1/ping", "/api/v1/jobs", "/nowhere", "/docs", "/openapi.json"])
async def test_what_a_client_sends_comes_back(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"X-Request-ID": "ci/build-17:step=4"})
    assert answer.headers.get_list("x-request-id") == ["ci/build-17:step=4"]


@pytest.mark.parametrize("sent", ["", "a" * 129, "two words", 'say "x"', "<script>", "é", None])
async def test_what_is_not_sane_is_replaced(client: httpx.AsyncClient, sent: str | None) -> None:
    headers = {} if sent is None else {"X-Request-ID": sent.encode()}
    made = {(await client.get("/api/v1/ping", headers=headers)).headers["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    assert all(len(each) == 32 and each.isalnum() for each in made)


async def test_errors_tell_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/jobs/job-none", headers={"X-Request-ID": "mine"})
    assert (answer.status_code, answer.json()["request_id"]) == (404, "mine")


async def test_so_does_an_unexpected_one_and_its_line_in_the_log(
    wiring: Wiring, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            raise RuntimeError("internals of ours")

    async with connect(replace(wiring, database=Broken())) as client:
        answer = await client.get("/api/v1/jobs", headers={"X-Request-ID": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"], answer.json()["request_id"]) == (500, "mine", "mine")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [line["request_id"] for line in lines if line["event"] == "unexpected error"] == ["mine"]


async def test_serve_leaves_the_header_to_us(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray.serve._private.http_util import RequestIdMiddleware

    monkeypatch.setattr(RequestIdMiddleware, "__call__", RequestIdMiddleware.__call__)  # put back afterwards
    leave_request_ids_to_us()
    seen: list[Scope] = []
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "headers": [(b"x-request-id", b"two words")]}
    await RequestIdMiddleware(app)(scope, receive, send)
    ((name, value),) = seen[0]["headers"]
    assert (name, len(value)) == (b"x-request-id", 32)
    assert sent[0]["headers"] == []
