import httpx
import pytest

from client.errors import InvalidAnswerError, RefusedError, ServiceBusyError, ServiceUnreachableError
from client.sdk import calls
from client.sdk.answers import answer, refusal, retry_after_seconds, transport_errors
from client.sdk.retries import retry_after_error


def response(status: int, content: str = "", headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, text=content, headers=headers, request=httpx.Request("GET", "http://service/api/v1/ping"))


def test_the_services_own_error() -> None:
    body = '{"error": "too_large", "message": "over 500 MB", "details": {"limit": 500}, "timestamp": "2026-01-01T00:00:00Z"}'
    error = refusal(response(413, body))
    assert (type(error), error.status, error.code, error.message, error.details) == (
        RefusedError,
        413,
        "too_large",
        "over 500 MB",
        {"limit": 500},
    )


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_busy_for_now(status: int) -> None:
    error = refusal(response(status, "<h1>Bad\n  Gateway</h1>", {"Retry-After": "7"}))
    assert (type(error), error.code, error.message, error.retry_after) == (
        ServiceBusyError,
        f"http_{status}",
        "<h1>Bad Gateway</h1>",
        7.0,
    )


@pytest.mark.parametrize(("seconds", "again"), [("null", False), ("30", True)])
def test_what_no_waiting_helps_with_is_not_sent_again(seconds: str, again: bool) -> None:
    body = f'{{"error": "limit_reached", "details": {{"limit": "stored_bytes", "retry_after_seconds": {seconds}}}}}'
    error = refusal(response(429, body))
    assert (error.retryable, retry_after_error(calls.ping())(error)) == (again, again)


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, None), ("12", 12.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)]
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value) == seconds


@pytest.mark.parametrize("content", ["", "<html>", "[]", '{"no": "status"}'])
def test_an_answer_that_is_not_one(content: str) -> None:
    with pytest.raises(InvalidAnswerError, match="http://service"):
        answer(calls.ping(), response(200, content))


def test_unhealthy_or_merely_broken() -> None:
    assert answer(calls.health(), response(503, '{"status": "unhealthy"}')).status == "unhealthy"
    with pytest.raises(ServiceBusyError):
        answer(calls.health(), response(503, "<html>"))


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout(""),
        httpx.RemoteProtocolError("cut"),
        httpx.ReadError(""),
        httpx.ProxyError("x"),
    ],
)
def test_every_failure_to_get_an_answer(error: Exception) -> None:
    with pytest.raises(ServiceUnreachableError) as mapped, transport_errors("http://service"):
        raise error
    assert mapped.value.reason


def test_what_is_asked_again() -> None:
    lost, refused = ServiceUnreachableError("http://a", "cut"), RefusedError(404, "x", "y")
    busy, gateway = ServiceBusyError(503, "x", "y", None, 2.0), ServiceBusyError(504, "x", "y")
    ask, act = retry_after_error(calls.ping()), retry_after_error(calls.cancel("job-1"))
    assert [ask(error) for error in (lost, busy, gateway, refused)] == [True, 2.0, True, False]
    assert [act(error) for error in (lost, busy, gateway, refused)] == [False, 2.0, False, False]


def test_a_job_id_cannot_leave_its_path() -> None:
    assert calls.job("../formats?x=1#").path == "/api/v1/jobs/..%2Fformats%3Fx%3D1%23"
