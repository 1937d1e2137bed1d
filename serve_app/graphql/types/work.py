"""Jobs and bulks, which lead to each other."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Self, TypeVar

import strawberry
from strawberry.scalars import JSON
from strawberry.types import Info

from jobs_store import bulks, jobs
from jobs_store.bulks import BulkState
from jobs_store.events import EventKind
from jobs_store.jobs import JobFilter, JobStatus
from jobs_store.storage.layout import Fate
from serve_app.graphql.context import asking
from serve_app.graphql.cost import DEFAULT_FIRST
from serve_app.graphql.types.connections import Connection, Edge, PageInfo, checked
from serve_app.graphql.types.records import Batch, DismissedRecord, Event, MergedRecord, SkippedMember, SkippedRecord, Webhook
from serve_app.graphql.types.scalars import BigInt
from serve_app.services import bulks as bulk_service
from serve_app.services import jobs as job_service
from serve_app.services import records
from serve_app.services.pages import number_of

Record = TypeVar("Record")
Told = TypeVar("Told", bound="RecordPage[Any]")


@strawberry.type
class StateCount:
    state: JobStatus
    jobs: int


@strawberry.type
class NameCount:
    name: str
    jobs: int


def name_counts(counts: Any) -> list[NameCount]:
    return [NameCount(name=name, jobs=number) for name, number in counts.items()]


def state_counts(counts: Any) -> list[StateCount]:
    return [StateCount(state=state, jobs=number) for state, number in counts.items()]


@strawberry.type
class RecordPage(Connection[Record]):
    """Of a job's records of one fate."""

    job: strawberry.Private[jobs.Job]
    fate: strawberry.Private[Fate]

    @strawberry.field(description="How many there are, of which fewer may be kept; null while that is not known.")
    def total_count(self) -> BigInt | None:
        return records.total(self.job, self.fate)

    @strawberry.field(description="How many the pages hold, all together.")
    async def kept_count(self, info: Info) -> BigInt:
        return await records.kept(asking(info).wiring, self.job, self.fate)


@strawberry.type
class SkippedRecordConnection(RecordPage[SkippedRecord]):
    pass


@strawberry.type
class DismissedRecordConnection(RecordPage[DismissedRecord]):
    pass


@strawberry.type
class MergedRecordConnection(RecordPage[MergedRecord]):
    pass


@strawberry.type(description="A report on its way into Phoenix.")
class Job:
    id: strawberry.ID
    tenant: str
    state: JobStatus
    progress: float
    current_step: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    filename: str
    file_size_bytes: BigInt
    scanner: str = strawberry.field(description="What was asked for; what was detected, once known.")
    asset_type: str | None
    import_type: str
    assessment: str | None
    submitted_by: str | None
    assets_imported: BigInt | None
    findings_imported: BigInt | None
    skipped_count: BigInt | None
    error_message: str | None
    batch_summary: JSON | None
    record: strawberry.Private[jobs.Job]

    @classmethod
    def of(cls, job: jobs.Job) -> Self:
        return cls(
            id=strawberry.ID(job.job_id),
            tenant=job.tenant,
            state=job.status,
            progress=job.progress,
            current_step=job.current_step,
            created_at=job.created_at,
            started_at=job.started_at,
            completed_at=job.completed_at,
            filename=job.filename,
            file_size_bytes=job.file_size_bytes,
            scanner=job.detected_format or job.scanner_type,
            asset_type=job.asset_type,
            import_type=job.import_type,
            assessment=job.assessment_name,
            submitted_by=job.submitted_by,
            assets_imported=job.assets_imported,
            findings_imported=job.vulnerabilities_imported,
            skipped_count=job.skipped,
            error_message=job.error_message,
            batch_summary=json.loads(job.batch_summary) if job.batch_summary else None,
            record=job,
        )

    @strawberry.field(description="The bulk that it belongs to.")
    async def bulk(self, info: Info) -> Annotated["Bulk", strawberry.lazy("serve_app.graphql.types.work")] | None:
        if self.record.bulk_id is None:
            return None
        found = await asking(info).loaders.bulk(self.record.bulk_id)
        return None if found is None else Bulk.of(found)

    @strawberry.field
    async def batches(self, info: Info, first: int = DEFAULT_FIRST, after: str = "") -> Connection[Batch]:
        found = await asking(info).loaders.batches(self.record.job_id, number_of(after), checked(first) + 1)
        return Connection.of([(str(each.number), Batch.of(each)) for each in found], first)

    @strawberry.field(description="Its event stream, the oldest first; of all kinds where none is given.")
    async def events(
        self, info: Info, first: int = DEFAULT_FIRST, after: str = "", kinds: list[EventKind] | None = None
    ) -> Connection[Event]:
        wanted = tuple(sorted(kinds or ()))
        found = await asking(info).loaders.events(self.record.job_id, wanted, number_of(after), checked(first) + 1)
        return Connection.of([(str(each.seq), Event.of(each)) for each in found], first)

    @strawberry.field(description="Records that did not become findings.")
    async def skipped(self, info: Info, first: int = DEFAULT_FIRST, after: str = "") -> SkippedRecordConnection:
        return await self._told(info, Fate.SKIPPED, SkippedRecord, SkippedRecordConnection, first, after)

    @strawberry.field(description="Findings that the tool or a team has put aside.")
    async def dismissed(self, info: Info, first: int = DEFAULT_FIRST, after: str = "") -> DismissedRecordConnection:
        return await self._told(info, Fate.DISMISSED, DismissedRecord, DismissedRecordConnection, first, after)

    @strawberry.field(description="Findings that another one of the report stands for.")
    async def merged(self, info: Info, first: int = DEFAULT_FIRST, after: str = "") -> MergedRecordConnection:
        return await self._told(info, Fate.MERGED, MergedRecord, MergedRecordConnection, first, after)

    @strawberry.field
    async def webhooks(self, info: Info) -> list[Webhook]:
        return [Webhook.of(each) for each in await asking(info).loaders.webhooks(self.record.job_id)]

    async def _told(
        self, info: Info, fate: Fate, kind: Callable[..., Any], page_of: type[Told], first: int, after: str
    ) -> Told:
        limit = checked(first) + 1
        page = await records.record_page(asking(info).wiring, self.record, fate, after=number_of(after), limit=limit)
        found = [(str(record["number"]), kind(**record)) for record in page.items]
        return page_of.of(found, first, job=self.record, fate=fate)


@strawberry.type(description="Many reports that were ordered together.")
class Bulk:
    id: strawberry.ID
    tenant: str
    name: str
    state: BulkState
    progress: float
    created_at: datetime
    completed_at: datetime | None
    registered: BigInt = strawberry.field(description="Members that registering has come to.")
    error_message: str | None
    submitted_by: str | None
    record: strawberry.Private[bulks.Bulk]

    @classmethod
    def of(cls, bulk: bulks.Bulk) -> Self:
        return cls(
            id=strawberry.ID(bulk.bulk_id),
            tenant=bulk.tenant,
            name=bulk.name,
            state=bulk.state,
            progress=bulk.progress,
            created_at=bulk.created_at,
            completed_at=bulk.completed_at,
            registered=bulk.members,
            error_message=bulk.error,
            submitted_by=bulk.submitted_by,
            record=bulk,
        )

    @strawberry.field(description="Its jobs by state.")
    async def by_state(self, info: Info) -> list[StateCount]:
        return state_counts((await self._counts(info)).status)

    @strawberry.field(description="Its jobs by the scanner that is known by now.")
    async def by_scanner(self, info: Info) -> list[NameCount]:
        return name_counts((await self._counts(info)).scanner)

    @strawberry.field(description="Its failed jobs by their reason.")
    async def by_error(self, info: Info) -> list[NameCount]:
        return name_counts((await self._counts(info)).error)

    @strawberry.field(description="Its left-out members by their reason.")
    async def by_skip_reason(self, info: Info) -> list[NameCount]:
        return name_counts((await self._counts(info)).skipped)

    @strawberry.field(description="In the order of its members.")
    async def jobs(
        self, info: Info, first: int = DEFAULT_FIRST, after: str = "", states: list[JobStatus] | None = None
    ) -> Connection[Job]:
        wanted, limit = tuple(sorted(states or ())), checked(first) + 1
        found = await asking(info).loaders.bulk_jobs(self.record.bulk_id, wanted, number_of(after), limit)
        return Connection.of([(str(number), Job.of(job)) for number, job in found], first)

    @strawberry.field(description="Members that became no job.")
    async def skipped(self, info: Info, first: int = DEFAULT_FIRST, after: str = "") -> Connection[SkippedMember]:
        found = await asking(info).loaders.skipped_members(self.record.bulk_id, number_of(after), checked(first) + 1)
        shown = [(str(each.number), SkippedMember(number=each.number, name=each.name, reason=each.reason)) for each in found]
        return Connection.of(shown, first)

    async def _counts(self, info: Info) -> bulks.BulkCounts:
        return await asking(info).loaders.counts(self.record.bulk_id)


@strawberry.type
class FilteredJobConnection(Connection[Job]):
    wanted: strawberry.Private[JobFilter]

    @strawberry.field(description="How many the filter fits, by state.")
    async def by_state(self, info: Info) -> list[StateCount]:
        asked = asking(info)
        return state_counts(await job_service.by_state(asked.wiring, asked.caller, self.wanted))

    @strawberry.field(description="How many the filter fits.")
    async def total_count(self, info: Info) -> int:
        asked = asking(info)
        return sum((await job_service.by_state(asked.wiring, asked.caller, self.wanted)).values())

    @classmethod
    def page(cls, found: Sequence[jobs.Job], more: bool, wanted: JobFilter) -> Self:
        edges = [Edge(cursor=job_service.cursor_of(each), node=Job.of(each)) for each in found]
        info = PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None)
        return cls(edges=edges, page_info=info, wanted=wanted)


def bulk_connection(found: Sequence[bulks.Bulk], more: bool) -> Connection[Bulk]:
    edges = [Edge(cursor=bulk_service.cursor_of(each), node=Bulk.of(each)) for each in found]
    info = PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None)
    return Connection[Bulk](edges=edges, page_info=info)
