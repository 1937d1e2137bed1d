"""One job of a million findings over a hundred thousand assets."""

from datetime import UTC, datetime

from benchmarks.figure import Figure, Measured, at_least
from benchmarks.jobs import completion, ended
from benchmarks.memory import MemoryWatch
from benchmarks.place import Place
from benchmarks.scale import Scale
from benchmarks.service import running_sandbox, running_service

_KIND = "tenable-csv"


def measure(scale: Scale, place: Place) -> Measured:
    path = place.report(_KIND, scale.many_findings, assets=scale.many_assets)
    megabytes = path.stat().st_size / 1e6
    folder = place.empty_folder("service")
    with (
        running_sandbox() as sandbox,
        running_service(folder, sandbox, max_upload_size_mb=10_000) as service,
        service.client() as client,
    ):
        with MemoryWatch(service.pids) as watch:
            sent = datetime.now(UTC)
            job = ended(client, client.submit(path).job_id)
            seconds = (completion(job) - sent).total_seconds()
        batches = len(client.batches(job.job_id))
    place.empty_folder("service")
    name = f"{scale.many_findings:,} findings over {scale.many_assets:,} assets"
    return Measured(
        [
            Figure(
                name=f"{name}: findings imported",
                value=job.vulnerabilities_imported or 0,
                unit="",
                floor=scale.many_findings,
                floor_name="in the report",
                target=at_least(1),
                note=f"{job.assets_imported or 0:,} assets, {batches} requests",
            ),
            Figure(
                name=f"{name}: upload → completed",
                value=seconds,
                unit="s",
                note=f"{_KIND}, {megabytes:.0f} MB, {scale.many_findings / seconds:,.0f} findings/s",
            ),
            Figure(
                name=f"{name}: memory of all processes",
                value=watch.peak_private_bytes / 1e6,
                unit="MB",
                note=f"largest {watch.largest[1] / 1e6:.0f} MB ({watch.largest[0]})",
            ),
        ]
    )
