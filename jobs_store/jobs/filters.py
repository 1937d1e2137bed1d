"""Which jobs a filter fits, as conditions of a statement."""

from sqlalchemy import ColumnElement, func, or_

from jobs_store.errors import UnstorableValueError
from jobs_store.jobs.records import JobFilter
from jobs_store.reach import Reach
from jobs_store.tables import jobs


def conditions(reach: Reach, wanted: JobFilter) -> list[ColumnElement[bool]]:
    """Raises `UnstorableValueError` for a text that no column can hold."""
    all_of = [reach.over(jobs)]
    if wanted.states:
        all_of.append(jobs.c.status.in_(wanted.states))
    if wanted.scanner is not None:
        all_of.append(func.coalesce(jobs.c.detected_format, jobs.c.scanner_type) == wanted.scanner)
    for column, value in (
        (jobs.c.tenant, wanted.tenant),
        (jobs.c.assessment_name, wanted.assessment),
        (jobs.c.bulk_id, wanted.bulk_id),
    ):
        if value is not None:
            all_of.append(column == value)
    if wanted.since is not None:
        all_of.append(jobs.c.created_at >= wanted.since)
    if wanted.until is not None:
        all_of.append(jobs.c.created_at < wanted.until)
    if "\0" in (wanted.search or ""):  # SQLite would take the pattern for what is before it
        raise UnstorableValueError
    if wanted.search:
        searched = (jobs.c.filename, jobs.c.assessment_name, jobs.c.job_id)
        all_of.append(or_(*(column.icontains(wanted.search, autoescape=True) for column in searched)))
    return all_of
