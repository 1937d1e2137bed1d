"""What can be changed: all that REST can, but for bringing reports, whose bytes are no part of a graph."""

import strawberry
from strawberry.scalars import JSON
from strawberry.types import Info

from serve_app.errors import InvalidParametersError
from serve_app.graphql.context import administering, operating, submitting
from serve_app.graphql.inputs import BulkInput, JobFilterInput, KeyInput, order_of, wanted
from serve_app.graphql.types.administration import Key, Tenant
from serve_app.graphql.types.records import Webhook
from serve_app.graphql.types.work import Bulk, Job
from serve_app.schemas.bulks import BulkOrder
from serve_app.schemas.keys import KeyOrder, RotationOrder
from serve_app.schemas.outcomes import Outcomes as Told
from serve_app.schemas.tenants import NewTenantOrder, TenantAnswer, TenantChange, WebhookSecretOrder
from serve_app.schemas.uploads import JobOrder
from serve_app.schemas.v2 import ManyBulks, ManyJobs
from serve_app.schemas.webhooks import TrialOrder
from serve_app.services import bulks, jobs, keys, tenants, uploads, webhooks


@strawberry.type(description="What has become of one of many.")
class Outcome:
    id: strawberry.ID
    outcome: str = strawberry.field(description="`done`, or the `error` that it alone would be answered with.")
    message: str


@strawberry.type
class Outcomes:
    results: list[Outcome]
    more: bool = strawberry.field(description="Whether the filter fits others: ask again.")

    @classmethod
    def of(cls, told: Told) -> "Outcomes":
        results = [Outcome(id=strawberry.ID(each.id), outcome=each.outcome, message=each.message) for each in told.results]
        return cls(results=results, more=told.more)


@strawberry.type(description="The only answer that tells the key's text.")
class NewKey:
    key: Key
    text: str


@strawberry.type
class Trial:
    id: strawberry.ID
    delivered: bool
    status_code: int | None
    error: str | None
    seconds: float


@strawberry.type
class Mutation:
    @strawberry.mutation(description="A waiting job ends at once; a running one is asked to.")
    async def cancel_job(self, info: Info, id: strawberry.ID) -> Job:
        asked = submitting(info)
        job = await jobs.cancel(asked.auditing, id)
        return Job.of(await jobs.find(asked.wiring, asked.caller, job.job_id))

    @strawberry.mutation(description="Goes on with a failed or cancelled job.")
    async def retry_job(self, info: Info, id: strawberry.ID) -> Job:
        return Job.of(await jobs.retry(submitting(info).auditing, id))

    @strawberry.mutation(description="By ids, or those that a filter fits and that have not ended.")
    async def cancel_jobs(
        self, info: Info, ids: list[strawberry.ID] | None = None, filter: JobFilterInput | None = None, limit: int = 100
    ) -> Outcomes:
        asked, order = submitting(info), _many(ids, filter, limit)
        fitting = wanted(filter) if filter is not None else None
        return Outcomes.of(await jobs.cancel_many(asked.auditing, order.ids, fitting, order.limit))

    @strawberry.mutation(description="By ids, or those that a filter fits and that failed or were cancelled.")
    async def retry_jobs(
        self, info: Info, ids: list[strawberry.ID] | None = None, filter: JobFilterInput | None = None, limit: int = 100
    ) -> Outcomes:
        asked, order = submitting(info), _many(ids, filter, limit)
        fitting = wanted(filter) if filter is not None else None
        return Outcomes.of(await jobs.retry_many(asked.auditing, order.ids, fitting, order.limit))

    @strawberry.mutation(description="Of an upload in parts; repeated, it is the same job.")
    async def create_job(self, info: Info, upload_id: strawberry.ID, options: JSON | None = None) -> Job:
        asked = submitting(info)
        return Job.of(await uploads.make_job(asked.auditing, order_of(JobOrder, {"upload_id": upload_id, "options": options})))

    @strawberry.mutation(description="One that no job has.")
    async def remove_upload(self, info: Info, id: strawberry.ID) -> strawberry.ID:
        await uploads.remove(submitting(info).auditing, id)
        return id

    @strawberry.mutation(description="The reports become jobs in the background.")
    async def create_bulk(self, info: Info, order: BulkInput, idempotency_key: str | None = None) -> Bulk:
        asked = submitting(info)
        return Bulk.of(await bulks.order(asked.auditing, order_of(BulkOrder, order.values()), idempotency_key))

    @strawberry.mutation
    async def cancel_bulk(self, info: Info, id: strawberry.ID) -> Bulk:
        return Bulk.of(await bulks.cancel(submitting(info).auditing, id))

    @strawberry.mutation
    async def retry_bulk(self, info: Info, id: strawberry.ID) -> Bulk:
        return Bulk.of(await bulks.retry(submitting(info).auditing, id))

    @strawberry.mutation
    async def cancel_bulks(self, info: Info, ids: list[strawberry.ID]) -> Outcomes:
        asked = submitting(info)
        return Outcomes.of(await bulks.cancel_many(asked.auditing, order_of(ManyBulks, {"ids": ids}).ids))

    @strawberry.mutation
    async def retry_bulks(self, info: Info, ids: list[strawberry.ID]) -> Outcomes:
        asked = submitting(info)
        return Outcomes.of(await bulks.retry_many(asked.auditing, order_of(ManyBulks, {"ids": ids}).ids))

    @strawberry.mutation
    async def create_key(self, info: Info, key: KeyInput) -> NewKey:
        made, text = await keys.make(administering(info).auditing, order_of(KeyOrder, vars(key)))
        return NewKey(key=Key.of(made), text=text)

    @strawberry.mutation(description="Another text for the same key; the one before is good for a while.")
    async def rotate_key(self, info: Info, id: strawberry.ID, overlap_minutes: float | None = None) -> NewKey:
        order = order_of(RotationOrder, {"overlap_minutes": overlap_minutes})
        rotated, text = await keys.rotate(administering(info).auditing, id, order)
        return NewKey(key=Key.of(rotated), text=text)

    @strawberry.mutation(description="At once and for good.")
    async def revoke_key(self, info: Info, id: strawberry.ID) -> Key:
        return Key.of(await keys.revoke(administering(info).auditing, id))

    @strawberry.mutation(description="As `POST /api/v1/tenants` takes it.")
    async def create_tenant(self, info: Info, tenant: JSON) -> Tenant:
        asked = operating(info)
        made = await tenants.make(asked.auditing, order_of(NewTenantOrder, _object(tenant), nulls=True))
        return Tenant.of(TenantAnswer.of(made, asked.wiring.settings))

    @strawberry.mutation(description="As `PATCH /api/v1/tenants/{name}` takes it: what is in it is changed.")
    async def change_tenant(self, info: Info, name: strawberry.ID, change: JSON) -> Tenant:
        asked = administering(info)
        changed = await tenants.change(asked.auditing, name, order_of(TenantChange, _object(change), nulls=True))
        return Tenant.of(TenantAnswer.of(changed, asked.wiring.settings))

    @strawberry.mutation
    async def remove_tenant(self, info: Info, name: strawberry.ID) -> strawberry.ID:
        await tenants.remove(administering(info).auditing, name)
        return name

    @strawberry.mutation(description="The secret is in this answer and never again.")
    async def rotate_webhook_secret(self, info: Info, tenant: strawberry.ID, overlap_minutes: float | None = None) -> str:
        order = order_of(WebhookSecretOrder, {"overlap_minutes": overlap_minutes})
        return await tenants.rotate_webhook_secret(administering(info).auditing, tenant, order)

    @strawberry.mutation(description="Sends it once more, with the same id and body.")
    async def replay_webhook(self, info: Info, id: strawberry.ID) -> Webhook:
        return Webhook.of(await webhooks.replay(administering(info).auditing, id))

    @strawberry.mutation(description="Of a job that does not exist, signed by the tenant's secret.")
    async def test_webhook(self, info: Info, url: str, headers: JSON | None = None) -> Trial:
        order = order_of(TrialOrder, {"webhook_url": url, "webhook_headers": headers})
        return Trial(**(await webhooks.try_out(administering(info).auditing, order)).model_dump())


def _many(ids: list[strawberry.ID] | None, filter: JobFilterInput | None, limit: int) -> ManyJobs:
    return order_of(ManyJobs, {"ids": ids, "filter": None if filter is None else {}, "limit": limit})


def _object(value: object) -> dict[str, object]:
    """Raises `InvalidParametersError`."""
    if not isinstance(value, dict):
        raise InvalidParametersError({"input": "must be an object"})
    return value
