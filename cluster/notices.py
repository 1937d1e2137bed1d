"""What is told about a job: events for watchers and the body for its webhook. Pure."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from cluster.machine import BatchImported, Event, Phase, Progress, ReportSharded, StepFailed
from jobs_store.events import EventKind, NewEvent
from jobs_store.jobs import Announcement, Job, JobStatus
from scanner.collecting import Counts


def status(job_status: JobStatus, progress: float, step: str) -> NewEvent:
    return _event(EventKind.STATUS, {"status": job_status, "progress": _percent(progress), "current_step": step})


def progress(percent: float, step: str) -> NewEvent:
    payload = {"status": JobStatus.PROCESSING, "progress": _percent(percent), "current_step": step}
    return _event(EventKind.PROGRESS, payload)


def log(message: str, level: str = "INFO", *, request_id: str | None = None) -> NewEvent:
    """``request_id`` is that of the request which it tells of."""
    payload = {"level": level, "message": message} | ({"request_id": request_id} if request_id else {})
    return NewEvent(EventKind.LOG, _json(payload), level)


def started(job: Job) -> tuple[NewEvent, ...]:
    """Of a job that was taken from the queue just now."""
    again = f" (attempt {job.attempt})" if job.attempt > 1 else ""
    return status(job.status, job.progress, Phase.READ), log(f"started on {job.filename}{again}")


def given_back(job: Job) -> Announcement:
    """Of a job whose carrier ended in good order."""
    message = "the service is renewed; the job goes on with it"
    return Announcement((log(message), status(job.status, job.progress, "queued again")))


def complete(assets: int, findings: int, assessment_name: str) -> NewEvent:
    return _event(
        EventKind.COMPLETE,
        {
            "status": JobStatus.COMPLETED,
            "progress": 100.0,
            "assets_imported": assets,
            "vulnerabilities_imported": findings,
            "assessment_name": assessment_name,
        },
    )


def error(job_status: JobStatus, percent: float, message: str) -> NewEvent:
    """The last event of a failed or cancelled job."""
    return _event(EventKind.ERROR, {"status": job_status, "progress": _percent(percent), "error_message": message})


def webhook_body(
    *,
    job: Job,
    status: JobStatus,
    assets_imported: int | None = None,
    vulnerabilities_imported: int | None = None,
    assessment_name: str | None = None,
    error: str | None = None,
    time: datetime,
) -> str:
    """JSON, as the service's contract has it: counts for a completed job, an error for any other."""
    body: dict[str, Any] = {
        "job_id": job.job_id,
        "status": status,
        "filename": job.filename,
        "scanner_type": job.detected_format or job.scanner_type,
        "success": status is JobStatus.COMPLETED,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    if status is JobStatus.COMPLETED:
        body |= {
            "assets_imported": assets_imported,
            "vulnerabilities_imported": vulnerabilities_imported,
            "assessment_name": assessment_name,
        }
    else:
        body["error"] = error or status
    return _json(body)


def step(phase: Phase, done: Progress) -> str:
    """The job's ``current_step``."""
    match phase:
        case Phase.TRANSLATE:
            return f"{phase}: {done.shards_done} of {done.shards} shards"
        case Phase.IMPORT:
            return f"{phase}: {done.batches_imported + done.batches_failed} of {done.batches} batches"
        case _:
            return phase.value


def sharded(report: ReportSharded) -> list[NewEvent]:
    """How a long report is translated."""
    events = [log(f"{report.format}: cut into {report.shards} shards")]
    if report.reason:
        events.append(log(f"not cut further: {report.reason}"))
    return events


def restarted(event: Event) -> list[NewEvent]:
    """Only for a cut that proved wrong: the report is read again in one piece."""
    if isinstance(event, StepFailed) and event.shards_may_be_wrong:
        return [log(f"a shard cannot be read ({event.error}); the report is read again in one piece", "WARNING")]
    return []


def translated(done: Progress) -> list[NewEvent]:
    """What a report turned out to hold, once all of it is translated and planned."""
    counts = done.counts
    events = [log(f"{done.format}: {counts.findings} findings read, {done.batches} requests planned")]
    if done.skipped:
        events.append(log(f"{done.skipped} records skipped, each with its place and reason under /skipped", "WARNING"))
    if done.merged:
        events.append(
            log(f"{done.merged} findings are merged into others that Phoenix would take for the same; see details.merged there")
        )
    if counts.dismissed:
        events.append(log(f"dismissed, and counted apart: {_counted(counts.dismissed)}"))
    if counts.unrated:
        events.append(log(f"{counts.unrated} findings are rated nowhere in the report; they are imported as 1.0", "WARNING"))
    if counts.repairs:
        events.append(log(f"repaired for Phoenix: {_counted(counts.repairs)}"))
    return events


def _counted(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} × {kind}" for kind, number in sorted(numbers.items()))


def overwriting(job_id: str, assessment_name: str) -> NewEvent:
    """Of a job that imports as ``new`` under a name that another one uses at the same time."""
    return log(
        f"{job_id} imports another report as assessment {assessment_name!r} about now: with import_type new each closes what "
        "the other brought. Let the name tell them apart, as {path} or {asset} do, or import as merge or delta",
        "WARNING",
    )


def sent_in_parts(batch: BatchImported) -> list[NewEvent]:
    """Of a batch that Phoenix took in several requests."""
    if batch.requests < 2:
        return []
    if batch.too_large:
        sizes = " and ".join(f"{size / 1_000_000:.2f} MB" for size in batch.too_large)
        why = f"Phoenix found bodies of {sizes} too large (413)"
    else:
        why = "Phoenix has found others of its size too large"
    return [log(f"batch {batch.number} was sent in {batch.requests} parts: {why}", "WARNING")]


def ended(job_status: JobStatus, message: str, done: Progress) -> NewEvent:
    """What the log says of a job that failed or was cancelled: why, but for failed batches, which have told that themselves."""
    if job_status is JobStatus.CANCELLED:
        return log(message, "WARNING")
    if done.batches_failed:
        message = f"failed: {done.batches_failed} of {done.batches} batches could not be imported"
    return log(message, "ERROR")


def arrived(done: Progress) -> list[NewEvent]:
    """Of a job that did not come to its end: what Phoenix has of it all the same."""
    if not done.batches:
        return []
    counts = f"{done.findings_imported} findings on {done.assets_imported} assets"
    return [log(f"{done.batches_imported} of {done.batches} batches have been imported: {counts}")]


def unsettled(batches: Collection[int]) -> str:
    """What an error says besides, where requests were left under way."""
    if not batches:
        return ""
    numbers = ", ".join(map(str, sorted(batches)))
    return f"; Phoenix has not said what became of batch {numbers}: it may have been imported, or may still be"


def batch_summary(done: Progress) -> str:
    """The job's ``batch_summary``."""
    return _json(
        {
            "total_batches": done.batches,
            "successful_batches": done.batches_imported,
            "failed_batches": done.batches_failed,
            "requests": done.requests,
            "findings_read": done.counts.findings,
            "skipped": done.skipped,
            "merged": done.merged,
            "dismissed": done.counts.dismissed,
            "unrated": done.counts.unrated,
            "severities": done.counts.severities,
            "repairs": done.counts.repairs,
        }
    )


def known_of(job: Job) -> Progress:
    """What an earlier attempt has learnt of the report, from its `batch_summary`."""
    told = json.loads(job.batch_summary or "{}")
    counts = Counts(
        told.get("findings_read", 0),
        job.skipped or 0,
        told.get("repairs", {}),
        told.get("dismissed", {}),
        told.get("unrated", 0),
        told.get("severities", {}),
    )
    return Progress(format=job.detected_format or "", counts=counts, merged=told.get("merged", told.get("duplicates", 0)))


def _event(kind: EventKind, payload: dict[str, Any]) -> NewEvent:
    return NewEvent(kind, _json(payload))


def _percent(value: float) -> float:
    return round(value, 1)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
