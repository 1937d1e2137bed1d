"""Requests to Phoenix as the service sees them: counted by what became of them, each with a span."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cluster.metering import Meter
from cluster.metering.metrics import PHOENIX_REQUESTS, PHOENIX_SECONDS, PhoenixOutcome
from cluster.tracing import Kind, span

log = logging.getLogger(__name__)
_TOO_MANY_REQUESTS, _SERVER_ERRORS, _ERRORS = 429, 500, 400


class _Request:
    def __init__(self, headers: Mapping[str, str]) -> None:
        self.headers = headers
        self.outcome, self.status = PhoenixOutcome.FAILED, 0

    def answered(self, status: int) -> None:
        self.status = status
        self.outcome = outcome_of(status)


def outcome_of(status: int) -> PhoenixOutcome:
    if status == _TOO_MANY_REQUESTS:
        return PhoenixOutcome.THROTTLED
    if status >= _SERVER_ERRORS:
        return PhoenixOutcome.FAILED
    return PhoenixOutcome.REFUSED if status >= _ERRORS else PhoenixOutcome.ANSWERED


class PhoenixObserver:
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    @contextmanager
    def sending(self, method: str, route: str) -> Iterator[_Request]:
        began = time.monotonic()
        about = {"http.request.method": method, "http.route": route}
        with span(f"{method} {route}", about, kind=Kind.CLIENT) as traced:
            request = _Request({"traceparent": traced.traceparent} if traced.traceparent else {})
            try:
                yield request
            finally:
                seconds = time.monotonic() - began
                self._meter.count(PHOENIX_REQUESTS, request.outcome.value)
                self._meter.observe(PHOENIX_SECONDS, seconds)
                log.debug("%s %s: %s after %.3f s", method, route, request.status or request.outcome.value, seconds)
                if request.status:
                    traced.note("http.response.status_code", request.status)
                if request.outcome is not PhoenixOutcome.ANSWERED:
                    traced.fail(request.outcome.value)
