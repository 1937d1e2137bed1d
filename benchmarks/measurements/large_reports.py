"""Large reports from upload to completed, against posting their bodies; and the memory of all processes meanwhile."""

import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.by_hand import prepare
from benchmarks.figure import Curve, Figure, Measured, at_most
from benchmarks.jobs import completion, ended
from benchmarks.memory import MemoryWatch
from benchmarks.place import Place
from benchmarks.posting import post
from benchmarks.scale import Scale
from benchmarks.service import Service, running_sandbox, running_service
from client.sdk.options import SubmitOptions
from client.sdk.scanner import PhoenixScanner

_LATENCY_SECONDS = 0.05
_MOST_TIMES_POSTING = 2.0
_MOST_UPLOAD_GROWTH_MB = 100
_LINEAR = 1.25
_FLAT = 1.5


@dataclass(frozen=True)
class Import:
    megabytes: float
    each_seconds: list[float]
    """In turn; the first is the first job of a service that has just started."""
    posting_seconds: float
    peak_mb: float
    """Private memory of all processes together."""
    largest_mb: float
    largest: str
    store_mb: float

    @property
    def seconds(self) -> float:
        return statistics.median(self.each_seconds)


def measure(scale: Scale, place: Place) -> Measured:
    """Each size with a service of its own, so that none finds memory that another one left."""
    figures, imports = [], []
    with running_sandbox(latency_seconds=_LATENCY_SECONDS) as sandbox:
        for findings, times in zip(scale.report_findings, scale.report_imports, strict=True):
            path = place.report("trivy", findings)
            prepared = prepare(path, place.empty_folder("by-hand"))
            posting = [post(prepared, sandbox, assessment_name=f"floor {findings} {number}") for number in range(times)]
            place.empty_folder("by-hand")
            with running_service(place.empty_folder("service"), sandbox, max_upload_size_mb=10_000) as service:
                imports.append(_import(service, path, times, statistics.median(posting)))
                if findings == scale.report_findings[0]:
                    figures.append(_upload(service, place, scale.upload_findings))
            figures += _figures(imports[-1])
    place.empty_folder("service")
    return Measured([*figures, *_growth(imports)], _curves(imports))


def _import(service: Service, path: Path, times: int, posting_seconds: float) -> Import:
    """One after the other."""
    with service.client() as client, MemoryWatch(service.pids) as watch:
        seconds = [_submitted(client, path) for _ in range(times)]
    name, largest_bytes = watch.largest
    return Import(
        path.stat().st_size / 1e6,
        seconds,
        posting_seconds,
        watch.peak_private_bytes / 1e6,
        largest_bytes / 1e6,
        name,
        watch.peak_shared_bytes / 1e6,
    )


def _submitted(client: PhoenixScanner, path: Path) -> float:
    """Seconds from the upload's first byte until the job is completed."""
    sent = datetime.now(UTC)
    job = client.submit(path, SubmitOptions(scanner_type="trivy"))
    return (completion(ended(client, job.job_id)) - sent).total_seconds()


def _upload(service: Service, place: Place, findings: int) -> Figure:
    """Only while it arrives; the job is cancelled then."""
    path = place.report("trivy", findings)
    with service.client() as client:
        with MemoryWatch(service.pids) as watch:
            started = time.monotonic()
            job = client.submit(path)
            seconds = time.monotonic() - started
        client.cancel(job.job_id)
    name, grown_bytes = watch.most_grown
    megabytes = path.stat().st_size / 1e6
    return Figure(
        name=f"upload of {megabytes:.0f} MB: largest growth of a process",
        value=grown_bytes / 1e6,
        unit="MB",
        target=at_most(_MOST_UPLOAD_GROWTH_MB),
        note=f"{name}; {megabytes / seconds:.0f} MB/s",
    )


def _figures(done: Import) -> list[Figure]:
    size = f"trivy, {done.megabytes:.0f} MB"
    each = ", ".join(f"{seconds:.1f}" for seconds in done.each_seconds)
    return [
        Figure(
            name=f"upload → completed, {size}, Phoenix at {1000 * _LATENCY_SECONDS:.0f} ms",
            value=done.seconds,
            unit="s",
            floor=done.posting_seconds,
            floor_name="reading and posting the bodies",
            target=at_most(_MOST_TIMES_POSTING),
            note=f"{done.megabytes / done.seconds:.0f} MB/s; each {each} s",
        ),
        Figure(
            name=f"memory of all processes, {size}",
            value=done.peak_mb,
            unit="MB",
            note=f"largest {done.largest_mb:.0f} MB ({done.largest}); object store {done.store_mb:.0f} MB",
        ),
    ]


def _growth(imports: list[Import]) -> list[Figure]:
    """The largest report against the one before: how time goes with size, and whether memory does."""
    smaller, larger = imports[-2:]
    size = f"{smaller.megabytes:.0f} → {larger.megabytes:.0f} MB"
    return [
        Figure(
            name=f"time per MB, {size}",
            value=larger.seconds / larger.megabytes,
            unit="s/MB",
            floor=smaller.seconds / smaller.megabytes,
            floor_name="of the smaller report",
            target=at_most(_LINEAR),
        ),
        Figure(
            name=f"memory of all processes, {size}",
            value=larger.peak_mb,
            unit="MB",
            floor=smaller.peak_mb,
            floor_name="of the smaller report",
            target=at_most(_FLAT),
        ),
    ]


def _curves(imports: list[Import]) -> list[Curve]:
    x = [done.megabytes for done in imports]
    times = {
        "upload → completed": [done.seconds for done in imports],
        "posting the bodies": [done.posting_seconds for done in imports],
    }
    memory = {
        "all processes": [done.peak_mb for done in imports],
        "largest process": [done.largest_mb for done in imports],
        "object store": [done.store_mb for done in imports],
    }
    return [
        Curve(name="report-size-time", x_label="report, MB", y_label="seconds", x=x, lines=times),
        Curve(name="report-size-memory", x_label="report, MB", y_label="peak, MB", x=x, lines=memory),
    ]
