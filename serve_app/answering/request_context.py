"""Which request this is, for whoever answers it, logs about it, or writes down what came of it."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

REQUEST_ID = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:+/=@-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RequestContext:
    request_id: str = ""
    """The client's, where it sent a sane one."""
    traceparent: str | None = None
    """As W3C has it: what comes of the request belongs to this trace."""


_current: ContextVar[RequestContext] = ContextVar("request", default=RequestContext())  # noqa: B039  # frozen


def current_request() -> RequestContext:
    """Empty outside of a request."""
    return _current.get()


def request_id_of(sent: str) -> str:
    """What the client sent, if it is short and harmless wherever it is shown; else one of ours."""
    return sent if _SANE.fullmatch(sent) else secrets.token_hex(16)


@contextmanager
def within(context: RequestContext, bound: Mapping[str, str]) -> Iterator[None]:
    """``bound`` goes into each line of the log that is written within."""
    token = _current.set(context)
    logged = structlog.contextvars.bind_contextvars(request_id=context.request_id, **bound)
    try:
        yield
    finally:
        structlog.contextvars.reset_contextvars(**logged)
        _current.reset(token)
