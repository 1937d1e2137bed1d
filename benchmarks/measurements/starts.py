"""Commands and the start of the service: what they take, beside another checkout where there is one.

The other is a folder with its environment made (``make env``), named by ``PHOENIX_BENCH_OTHER``: figures then are ratios to
its own, measured in turns. Without one they are only recorded.
"""

import os
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from threading import Thread
from typing import TypeVar

from benchmarks.figure import Figure, Measured, at_most
from benchmarks.place import Place
from benchmarks.scale import Scale
from benchmarks.starting import Checkout, Started

Taken = TypeVar("Taken")
OTHER = "PHOENIX_BENCH_OTHER"
_HALF = 0.5
_FINDINGS = 13
"""Of Trivy: a report of 20 KB."""
_JOBS = b"""{"jobs": [{"job_id": "job-1", "status": "completed", "progress": 100, "filename": "trivy.json"}],
"total": 1, "page": 1, "page_size": 20, "total_pages": 1}"""


class _Service(BaseHTTPRequestHandler):
    """Has one job."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(_JOBS)))
        self.end_headers()
        self.wfile.write(_JOBS)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def measure(scale: Scale, place: Place) -> Measured:
    folders = [Path(__file__).parents[2], *([Path(other)] if (other := os.environ.get(OTHER)) else [])]
    checkouts = [Checkout(folder, place.empty_folder(f"starts-{number}")) for number, folder in enumerate(folders)]
    return Measured([*_commands(checkouts, scale, place), *_services(checkouts, scale)])


def _commands(checkouts: list[Checkout], scale: Scale, place: Place) -> list[Figure]:
    report = str(place.report("trivy", _FINDINGS))
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        at = {
            "PHOENIX_SCANNER_API_URL": f"http://127.0.0.1:{server.server_port}",
            "PHOENIX_SCANNER_API_KEY": "a key of the benchmark",
        }
        figures = []
        for arguments in (("translate", report), ("jobs",)):
            taken = _in_turns(checkouts, scale.start_rounds + 1, partial(_run, arguments, at))
            seconds = [median(each[1:]) for each in taken]  # the first compiles what it imports
            figures.append(_figure(f"phoenix-scan {arguments[0]}: processor time", "s", seconds))
        server.shutdown()
    return figures


def _run(arguments: tuple[str, ...], environment: Mapping[str, str], checkout: Checkout) -> float:
    return checkout.processor_seconds(*arguments, **environment)


def _services(checkouts: list[Checkout], scale: Scale) -> list[Figure]:
    taken = _in_turns(checkouts, scale.service_starts, lambda one: one.start())
    shown: Mapping[str, tuple[str, Callable[[Started], float]]] = {
        "phoenix-scan up: to healthy": ("s", lambda started: started.healthy_seconds),
        "phoenix-scan up: processor time to healthy": ("s", lambda started: started.processor_seconds),
        "idle service: proportional memory (PSS)": ("MB", lambda started: started.pss_bytes / 1e6),
    }
    return [
        _figure(name, unit, [median(map(value, each)) for each in taken], note=f"{len(taken[0][-1].processes)} processes")
        for name, (unit, value) in shown.items()
    ]


def _in_turns(checkouts: list[Checkout], rounds: int, take: Callable[[Checkout], Taken]) -> list[list[Taken]]:
    """What each checkout took, in every round."""
    taken: list[list[Taken]] = [[] for _ in checkouts]
    for _ in range(rounds):
        for each, checkout in zip(taken, checkouts, strict=True):
            each.append(take(checkout))
    return taken


def _figure(name: str, unit: str, values: list[float], note: str = "") -> Figure:
    own, *other = values
    if not other:
        return Figure(name=name, value=own, unit=unit, note=note)
    return Figure(name=name, value=own, unit=unit, floor=other[0], floor_name="the other", target=at_most(_HALF), note=note)
