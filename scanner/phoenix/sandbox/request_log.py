"""What came in: every request to the API with what became of it, as far back as there is room."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from scanner.model import AssetType, ImportType
from scanner.phoenix.sandbox.faults import Route, Verdict


class RequestRecord(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    number: int
    time: float
    """Unix seconds of its arrival."""
    route: Route
    in_flight: int
    """Requests to the same route that were being answered when it came, itself included."""
    bytes: int = 0
    import_type: ImportType | None = None
    assessment: str | None = None
    asset_type: AssetType | None = None
    assets: int = 0
    findings: int = 0
    request_id: str | None = None
    overlaps_new: bool = False
    """Accepted while a ``new`` import of the same assessment was under way: that one may close what this one opens."""
    verdict: Verdict = Verdict.ANSWER
    status: int = 0
    """The HTTP status; 0 while under way and where the connection was closed instead."""
    seconds: float = 0.0


class RequestLog:
    """The latest requests in the order of their arrival, and counts of all."""

    def __init__(self, room: int) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=room)
        self._in_flight: Counter[Route] = Counter()
        self._came = 0
        self.statuses: Counter[tuple[Route, int]] = Counter()
        self.peak_in_flight: Counter[Route] = Counter()

    @contextmanager
    def visit(self, route: Route, time: float) -> Iterator[RequestRecord]:
        """A record of a request that is in flight for as long as the context lasts."""
        self._came += 1
        self._in_flight[route] += 1
        in_flight = self._in_flight[route]
        self.peak_in_flight[route] = max(in_flight, self.peak_in_flight[route])
        record = RequestRecord(number=self._came, time=time, route=route, in_flight=in_flight)
        self._records.append(record)
        try:
            yield record
        finally:
            self._in_flight[route] -= 1
            self.statuses[route, record.status] += 1

    def records(self) -> list[RequestRecord]:
        return list(self._records)

    def clear(self) -> None:
        """Forgets what came, but not what is in flight; numbers start again, and with them the draws of the faults."""
        self._records.clear()
        self._came = 0
        self.statuses.clear()
        self.peak_in_flight.clear()
