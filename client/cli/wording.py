"""How numbers, times and states read on a terminal."""

from datetime import datetime, timedelta

from rich.text import Text

from client.sdk import Job, JobStatus

STYLES = {
    JobStatus.PENDING: "dim",
    JobStatus.QUEUED: "cyan",
    JobStatus.PROCESSING: "blue",
    JobStatus.COMPLETED: "green",
    JobStatus.FAILED: "bold red",
    JobStatus.CANCELLED: "yellow",
}
MARKS = {JobStatus.COMPLETED: "✓", JobStatus.FAILED: "✗", JobStatus.CANCELLED: "⊘"}


def status(value: JobStatus) -> Text:
    mark = MARKS.get(value, "•")
    return Text(f"{mark} {value}", style=STYLES[value])


def count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def reasons(dismissed: dict[str, int] | None) -> str:
    """``3 suppressed, 1 fixed``, the most frequent first."""
    if not dismissed:
        return count(None if dismissed is None else 0)
    return ", ".join(f"{number:,} {reason}" for reason, number in sorted(dismissed.items(), key=lambda item: -item[1]))


def counted(value: int, noun: str) -> str:
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def size(value: int | None) -> str:
    """Decimal units, as the service's limits are written."""
    if value is None:
        return "–"
    amount, unit = float(value), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def duration(value: timedelta | None) -> str:
    if value is None:
        return "–"
    seconds = value.total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def moment(value: datetime | None) -> str:
    """In the reader's own time zone."""
    return "–" if value is None else value.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def took(job: Job) -> timedelta | None:
    """From the moment the job was accepted, or None while it runs."""
    return job.completed_at - job.created_at if job.completed_at and job.created_at else None


def result(job: Job) -> str:
    """What came of an ended job, in one line."""
    if job.status is not JobStatus.COMPLETED:
        return job.error_message or str(job.status)
    parts = [counted(job.assets_imported or 0, "asset"), counted(job.vulnerabilities_imported or 0, "finding")]
    if job.skipped:
        parts.append(f"{job.skipped:,} skipped")
    if job.merged:
        parts.append(f"{job.merged:,} merged")
    if job.dismissed:
        parts.append(f"{sum(job.dismissed.values()):,} dismissed")
    return ", ".join(parts)
