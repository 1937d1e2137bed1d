"""Traces by OpenTelemetry: what a request caused, over all processes, exported where ``OTEL_EXPORTER_OTLP_ENDPOINT`` is set.

A span's context travels as a ``traceparent`` (W3C): with the job's row, with what tasks and actors are given. Where no endpoint
is set nothing of OpenTelemetry is loaded, and a span costs a function call. Attributes are names, numbers and codes: never a
URL, a query, a header or anything of a report.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as OtelSpan
    from opentelemetry.trace import Tracer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_HEADERS = "otel_exporter_otlp_headers"
_FLUSH_MILLISECONDS = 1000
_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}", re.ASCII)

Attribute = str | int | float | bool
Attributes = Mapping[str, Attribute]
_NONE: Attributes = {}


class Kind(StrEnum):
    INTERNAL = "INTERNAL"
    SERVER = "SERVER"
    CLIENT = "CLIENT"
    CONSUMER = "CONSUMER"


class Span(Protocol):
    @property
    def traceparent(self) -> str | None:
        """For what it causes elsewhere."""
        ...

    def note(self, name: str, value: Attribute) -> None: ...

    def rename(self, name: str) -> None: ...

    def fail(self, reason: str) -> None:
        """``reason`` is a class or code, never a message."""
        ...


def trace_id_of(traceparent: str | None) -> str | None:
    """None where it is none."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    return found[1] if found else None


def is_on() -> bool:
    return _tracer() is not None


def span(
    name: str,
    attributes: Attributes = _NONE,
    *,
    parent: str | None = None,
    kind: Kind = Kind.INTERNAL,
    start: datetime | None = None,
) -> AbstractContextManager[Span]:
    """Lasts as long as the context; a child of ``parent``, else of the span around it, else the first of a trace.

    An exception that leaves it is noted by its class. Attributes have the names of OpenTelemetry's conventions; ours begin
    with ``phoenix.``.
    """
    tracer = _tracer()
    return NOWHERE if tracer is None else _traced(tracer, name, parent, kind, start, attributes)


def adopted(parent: str | None) -> AbstractContextManager[object]:
    """Within it, spans are children of that one."""
    return nullcontext() if parent is None or not is_on() else _adopted(parent)


def current() -> str | None:
    """The span around this, for what travels; None where there is none."""
    if not is_on():
        return None
    from opentelemetry.trace import get_current_span

    return _traceparent(get_current_span())


class _Nowhere:
    traceparent: str | None = None

    def note(self, name: str, value: Attribute) -> None:
        return None

    def rename(self, name: str) -> None:
        return None

    def fail(self, reason: str) -> None:
        return None


NOWHERE: AbstractContextManager[Span] = nullcontext(_Nowhere())


class _Somewhere:
    def __init__(self, recorded: "OtelSpan") -> None:
        self._recorded = recorded

    @property
    def traceparent(self) -> str | None:
        return _traceparent(self._recorded)

    def note(self, name: str, value: Attribute) -> None:
        self._recorded.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._recorded.update_name(name)

    def fail(self, reason: str) -> None:
        from opentelemetry.trace import StatusCode

        self._recorded.set_status(StatusCode.ERROR, reason)
        self._recorded.set_attribute("error.type", reason)


@contextmanager
def _traced(
    tracer: "Tracer", name: str, parent: str | None, kind: Kind, start: datetime | None, attributes: Mapping[str, Attribute]
) -> Iterator[Span]:
    from opentelemetry.trace import SpanKind

    began = None if start is None else int(start.timestamp() * 1e9)
    with tracer.start_as_current_span(
        name,
        context=_context(parent) if parent else None,
        kind=SpanKind[kind],
        attributes=attributes,
        start_time=began,
        record_exception=False,  # its message may hold anything
        set_status_on_exception=False,
    ) as recorded:
        told = _Somewhere(recorded)
        try:
            yield told
        except BaseException as error:
            told.fail(type(error).__name__)
            raise


@contextmanager
def _adopted(parent: str) -> Iterator[None]:
    from opentelemetry.context import attach, detach

    token = attach(_context(parent))
    try:
        yield
    finally:
        detach(token)


def _context(parent: str) -> "Context":
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": parent})


def _traceparent(recorded: "OtelSpan") -> str | None:
    context = recorded.get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def close() -> None:
    """Sends what has not been sent; for the end of a process that is told of it. May be used again."""
    if (provider := _provider()) is not None:
        provider.shutdown()
    _provider.cache_clear()
    _tracer.cache_clear()


@cache
def _tracer() -> "Tracer | None":
    provider = _provider()
    return None if provider is None else provider.get_tracer("phoenix_scanner", version("phoenix-scanner"))


@cache
def _provider() -> "TracerProvider | None":
    endpoint = os.environ.get(ENDPOINT, "") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
    if not endpoint or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.util.re import parse_env_headers

    from cluster.settings import own_secret  # with pydantic, which tasks do without

    name = os.environ.get("OTEL_SERVICE_NAME", "phoenix-scanner")
    about: Attributes = {SERVICE_NAME: name, SERVICE_VERSION: version("phoenix-scanner"), "process.pid": os.getpid()}
    provider = TracerProvider(resource=Resource.create(about))
    headers = parse_env_headers(own_secret(_HEADERS), liberal=True)
    exporter = OTLPSpanExporter(headers=headers)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_FLUSH_MILLISECONDS))
    return provider
