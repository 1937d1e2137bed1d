"""The graph: jobs, bulks, and what belongs to them."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Generic, NewType, Self, TypeVar

import strawberry
from strawberry.scalars import JSON
from strawberry.types import Info
from strawberry.types.scalar import ScalarDefinition

from jobs_store import audit, bulks, events, jobs, keys, webhooks
from jobs_store.bulks import BulkState
from jobs_store.events import EventKind
from jobs_store.jobs import BatchState, JobFilter, JobStatus
from jobs_store.keys import Scope
from serve_app.errors import InvalidParametersError
from serve_app.graphql.context import asking
from serve_app.graphql.cost import DEFAULT_FIRST, LARGEST_FIRST
from serve_app.schemas.jobs import FormatAnswer
from serve_app.schemas.tenants import LimitAnswer, TenantAnswer, UsageAnswer
from serve_app.services import bulks as bulk_service
from serve_app.services import jobs as job_service
from serve_app.services import records
from serve_app.services.pages import number_of

for _kind, _name in (
    (JobStatus, "JobState"),
    (BulkState, "BulkState"),
    (BatchState, "BatchState"),
    (EventKind, "EventKind"),
    (Scope, "Scope"),
):
    strawberry.enum(_kind, name=_name)

if TYPE_CHECKING:
    BigInt = int
else:
    BigInt = NewType("BigInt", int)
SCALARS: Mapping[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(name="BigInt", description="A whole number that may exceed 32 bits.", serialize=int)
}

Node = TypeVar("Node")


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Edge(Generic[Node]):
    cursor: str
    node: Node


@strawberry.type
class Connection(Generic[Node]):
    """A page of a list, as the Relay cursor connections specification has it."""

    edges: list[Edge[Node]]
    page_info: PageInfo

    @strawberry.field(description="The same without cursors.")
    def nodes(self) -> list[Node]:
        return [edge.node for edge in self.edges]

    @classmethod
    def of(cls, found: Sequence[tuple[str, Node]], first: int) -> Self:
        """Of cursors and nodes, one more than ``first`` where there are more."""
        edges = [Edge(cursor=cursor, node=node) for cursor, node in found[:first]]
        info = PageInfo(has_next_page=len(found) > first, end_cursor=edges[-1].cursor if edges else None)
        return cls(edges=edges, page_info=info)


def checked(first: int) -> int:
    """Raises `InvalidParametersError`."""
    if not 1 <= first <= LARGEST_FIRST:
        raise InvalidParametersError({"first": f"must be 1 to {LARGEST_FIRST}"})
    return first


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


@strawberry.type(description="An event of a job's stream.")
class Event:
    seq: BigInt
    time: datetime
    kind: EventKind
    level: str
    data: JSON

    @classmethod
    def of(cls, event: events.Event) -> Self:
        return cls(seq=event.seq, time=event.time, kind=event.kind, level=event.level, data=json.loads(event.payload))


@strawberry.type(description="One request body of a job, and how far its import is.")
class Batch:
    number: int
    state: BatchState
    asset_type: str
    import_type: str
    needs: list[int]
    assets: BigInt
    findings: BigInt
    size_bytes: BigInt
    attempts: int
    requests: int
    request_id: str | None
    error: str | None
    updated_at: datetime | None

    @classmethod
    def of(cls, batch: jobs.Batch) -> Self:
        return cls(
            number=batch.number,
            state=batch.state,
            asset_type=batch.asset_type,
            import_type=batch.import_type,
            needs=list(batch.needs),
            assets=batch.assets,
            findings=batch.findings,
            size_bytes=batch.size_bytes,
            attempts=batch.attempts,
            requests=batch.requests,
            request_id=batch.request_id,
            error=batch.error,
            updated_at=batch.updated_at,
        )


@strawberry.type(description="A record that did not become a finding.")
class SkippedRecord:
    number: int
    place: str
    reason: str


@strawberry.type(description="A member of a bulk that became no job.")
class SkippedMember:
    number: BigInt
    name: str
    reason: str


@strawberry.type
class WebhookAttempt:
    number: int
    time: datetime
    status_code: int | None
    error: str | None


@strawberry.type(description="A message about a job, and every attempt to deliver it.")
class Webhook:
    id: strawberry.ID
    created_at: datetime
    delivered_at: datetime | None
    next_attempt_at: datetime | None
    attempts: list[WebhookAttempt]

    @classmethod
    def of(cls, delivery: webhooks.TrackedDelivery) -> Self:
        return cls(
            id=strawberry.ID(delivery.delivery_id),
            created_at=delivery.created_at,
            delivered_at=delivery.delivered_at,
            next_attempt_at=delivery.next_at,
            attempts=[
                WebhookAttempt(number=each.number, time=each.time, status_code=each.status_code, error=each.error)
                for each in delivery.attempts
            ],
        )


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
    async def bulk(self, info: Info) -> Annotated["Bulk", strawberry.lazy("serve_app.graphql.types")] | None:
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
    async def skipped(self, info: Info, first: int = DEFAULT_FIRST, after: str = "") -> Connection[SkippedRecord]:
        page = await records.skipped_page(asking(info).wiring, self.record, after=number_of(after), limit=checked(first) + 1)
        found = [
            (str(number), SkippedRecord(number=number, place=record["place"], reason=record["reason"]))
            for number, record in page.items
        ]
        return Connection.of(found, first)

    @strawberry.field
    async def webhooks(self, info: Info) -> list[Webhook]:
        return [Webhook.of(each) for each in await asking(info).loaders.webhooks(self.record.job_id)]


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


@strawberry.type(description="A kind of report that can be read.")
class Format:
    slug: str
    titles: list[str]
    aliases: list[str]
    scanner: str
    kinds: list[str]
    asset_type: str

    @classmethod
    def of(cls, known: FormatAnswer) -> Self:
        return cls(**known.model_dump())


@strawberry.type
class Limit:
    name: str
    limit: BigInt | None = strawberry.field(description="Null: there is none.")
    used: BigInt | None
    remaining: BigInt | None
    renewed_at: datetime | None

    @classmethod
    def of(cls, name: str, answer: LimitAnswer) -> Self:
        return cls(name=name, **answer.model_dump())


@strawberry.type
class Usage:
    tenant: str
    limits: list[Limit]

    @classmethod
    def of(cls, answer: UsageAnswer) -> Self:
        return cls(tenant=answer.tenant, limits=[Limit.of(name, each) for name, each in answer.limits.items()])


@strawberry.type(description="An API key, without its text.")
class Key:
    id: strawberry.ID
    name: str
    tenant: str
    scopes: list[Scope]
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    rotated_at: datetime | None

    @classmethod
    def of(cls, key: keys.ApiKey) -> Self:
        return cls(
            id=strawberry.ID(key.key_id),
            name=key.name,
            tenant=key.tenant,
            scopes=sorted(key.scopes),
            prefix=key.prefix,
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            rotated_at=key.rotated_at,
        )


@strawberry.type(description="A team with its limits, credentials and defaults; no secret is told.")
class Tenant:
    name: strawberry.ID
    title: str
    limits: JSON
    retention_days: float | None
    defaults: JSON
    phoenix_url: str | None
    has_phoenix_secret: bool
    has_webhook_secret: bool
    disabled: bool

    @classmethod
    def of(cls, answer: TenantAnswer) -> Self:
        return cls(
            name=strawberry.ID(answer.name),
            title=answer.title,
            limits=JSON(answer.limits),
            retention_days=answer.retention_days,
            defaults=JSON(answer.defaults),
            phoenix_url=answer.phoenix.url,
            has_phoenix_secret=answer.phoenix.has_secret,
            has_webhook_secret=answer.webhook.has_secret,
            disabled=answer.disabled,
        )


@strawberry.type(description="Who did what to which, from where, and how it ended.")
class AuditEntry:
    seq: BigInt
    at: datetime
    actor: str
    tenant: str
    action: str
    object: str
    outcome: str
    address: str
    hash: str

    @classmethod
    def of(cls, entry: audit.AuditEntry) -> Self:
        return cls(
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            tenant=entry.tenant,
            action=entry.action,
            object=entry.object,
            outcome=entry.outcome,
            address=entry.address,
            hash=entry.hash,
        )
