"""Many small reports of mixed kinds as one bulk, against the same reports sent one by one by several clients."""

import time
import zipfile
from itertools import cycle, islice
from pathlib import Path

from benchmarks.errors import JobNotCompletedError
from benchmarks.figure import Figure, Measured, at_least
from benchmarks.load import upload
from benchmarks.measurements.small_reports import rates
from benchmarks.place import Place
from benchmarks.reports.kinds import KINDS
from benchmarks.scale import Scale
from benchmarks.service import running_sandbox, running_service
from client.sdk.bulks import BulkOrder, BulkStatus
from client.sdk.scanner import PhoenixScanner

_FINDINGS = 14
"""13 to 27 KB."""
_SHARE = 1.5
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 3600.0


def measure(scale: Scale, place: Place) -> Measured:
    reports = [place.report(kind, _FINDINGS) for kind in KINDS]
    archive = _archive(place.folder / "bulk.zip", reports, scale.bulk_reports)
    clients = scale.clients[-1]
    with running_sandbox() as sandbox, running_service(place.empty_folder("service"), sandbox) as service:
        requests = [
            upload(service.api_key, f"{number}-{report.name}", report.read_bytes())
            for number, report in enumerate(islice(cycle(reports), scale.small_reports))
        ]
        with service.client() as client:
            _, singly = rates(client, service, requests, clients)
            together = _bulk_rate(client, archive, scale.bulk_reports)
    return Measured(
        [
            Figure(
                name=f"a bulk of {scale.bulk_reports} small reports of mixed kinds: completed",
                value=together,
                unit="/s",
                floor=singly,
                floor_name=f"{len(requests)} of them by {clients} clients",
                target=at_least(_SHARE),
            )
        ],
        [],
    )


def _archive(path: Path, reports: list[Path], count: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, report in enumerate(islice(cycle(reports), count)):
            archive.write(report, f"{number:05}-{report.name}")
    return path


def _bulk_rate(client: PhoenixScanner, archive: Path, count: int) -> float:
    """From the order on, by the service's clock; the archive has been sent before. Raises `JobNotCompletedError`."""
    sent = client.upload_in_parts(archive)
    bulk = client.order_bulk(BulkOrder(name="benchmark", archives=[sent.upload_id]))
    until = time.monotonic() + _PATIENCE_SECONDS
    while not bulk.status.ended and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        bulk = client.bulk(bulk.bulk_id)
    if bulk.status is not BulkStatus.COMPLETED or bulk.jobs != count:
        raise JobNotCompletedError(f"a bulk of {count} reports", bulk.status, str(bulk.by_error or bulk.by_status))
    assert bulk.created_at is not None, "a bulk knows when it was ordered"
    assert bulk.completed_at is not None, "a completed bulk knows when"
    return count / (bulk.completed_at - bulk.created_at).total_seconds()
