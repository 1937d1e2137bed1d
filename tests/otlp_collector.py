"""An OTLP collector in a thread: keeps the spans that it is sent over HTTP, in protobuf as OpenTelemetry has it."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse


@dataclass(frozen=True)
class SeenSpan:
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    failed: bool
    process: int
    seconds: float
    attributes: dict[str, Any]


@dataclass
class Collector:
    url: str = ""
    spans: list[SeenSpan] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    elsewhere: list[dict[str, str]] = field(default_factory=list)
    """Headers of what came to other paths, as webhooks do."""
    changed: Condition = field(default_factory=Condition)

    def wait_until(self, complete: Callable[[], bool], *, within: float = 30) -> bool:
        """Whether that has become so; looked at whenever spans arrive, which children may do before their parents."""
        with self.changed:
            return self.changed.wait_for(complete, within)

    def named(self, name: str) -> list[SeenSpan]:
        return [span for span in self.spans if span.name == name]

    def one(self, name: str) -> SeenSpan:
        (span,) = self.named(name)
        return span

    def ancestors(self, span: SeenSpan) -> list[str]:
        """Names from its parent up to the first that has arrived here."""
        by_id, names = {each.span_id: each for each in self.spans}, []
        while (parent := by_id.get(span.parent_id)) is not None:
            names.append(parent.name)
            span = parent
        return names

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self.changed:
            for resource in request.resource_spans:
                process = {each.key: each.value for each in resource.resource.attributes}["process.pid"].int_value
                for scope in resource.scope_spans:
                    self.spans += [_seen(span, process) for span in scope.spans]
            self.changed.notify_all()


def _seen(span: Any, process: int) -> SeenSpan:
    return SeenSpan(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        kind=span.kind,
        failed=span.status.code == 2,
        process=process,
        seconds=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        attributes={each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes},
    )


@contextmanager
def otlp_collector() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path != "/v1/traces":
                collector.elsewhere.append(dict(self.headers.items()))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            collector.headers.append(dict(self.headers.items()))
            collector.take(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    collector.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
