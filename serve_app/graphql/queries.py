"""What can be asked."""

from operator import attrgetter
from typing import Annotated

import strawberry
from strawberry.types import Info

from jobs_store.bulks import BulkState
from jobs_store.cursors import opaque
from jobs_store.keys import Scope
from serve_app.graphql.context import administering, reading
from serve_app.graphql.cost import DEFAULT_FIRST
from serve_app.graphql.inputs import JobFilterInput, wanted
from serve_app.graphql.types.administration import AuditEntry, Key, Tenant, Usage
from serve_app.graphql.types.connections import Connection, checked
from serve_app.graphql.types.formats import Format
from serve_app.graphql.types.work import Bulk, FilteredJobConnection, Job, bulk_connection
from serve_app.schemas.tenants import TenantAnswer
from serve_app.services import bulks, formats, jobs, keys, tenants, usage
from serve_app.services.pages import number_of, slice_of

_SHORT = strawberry.argument(description="Its id, or how that begins.")


@strawberry.type(description="Who asks.")
class Viewer:
    actor: str
    tenant: str
    scopes: list[Scope]


@strawberry.type
class Query:
    @strawberry.field
    async def viewer(self, info: Info) -> Viewer:
        caller = reading(info).caller
        return Viewer(actor=caller.actor, tenant=caller.owner, scopes=sorted(caller.scopes))

    @strawberry.field
    async def job(self, info: Info, id: Annotated[strawberry.ID, _SHORT]) -> Job:
        asked = reading(info)
        return Job.of(await jobs.find(asked.wiring, asked.caller, id))

    @strawberry.field(description="Newest first.")
    async def jobs(
        self, info: Info, filter: JobFilterInput | None = None, first: int = DEFAULT_FIRST, after: str = ""
    ) -> FilteredJobConnection:
        asked, fitting = reading(info), wanted(filter)
        page = await jobs.page(asked.wiring, asked.caller, fitting, after=after, limit=checked(first))
        return FilteredJobConnection.page(page.items, page.next is not None, fitting)

    @strawberry.field
    async def bulk(self, info: Info, id: Annotated[strawberry.ID, _SHORT]) -> Bulk:
        asked = reading(info)
        return Bulk.of(await bulks.find(asked.wiring, asked.caller, id))

    @strawberry.field(description="Newest first.")
    async def bulks(
        self,
        info: Info,
        states: list[BulkState] | None = None,
        tenant: str | None = None,
        first: int = DEFAULT_FIRST,
        after: str = "",
    ) -> Connection[Bulk]:
        asked = reading(info)
        page = await bulks.page(asked.wiring, asked.caller, states or (), tenant, after=after, limit=checked(first))
        return bulk_connection(page.items, page.next is not None)

    @strawberry.field(description="By slug.")
    async def formats(
        self, info: Info, search: str = "", kind: str = "", asset_type: str = "", first: int = DEFAULT_FIRST, after: str = ""
    ) -> Connection[Format]:
        reading(info)
        page = slice_of(formats.search(search, kind, asset_type), attrgetter("slug"), after, checked(first) + 1)
        return Connection.of([(opaque(each.slug), Format.of(each)) for each in page.items], first)

    @strawberry.field(description="What is used of each limit; of another tenant for who operates the service.")
    async def usage(self, info: Info, tenant: str = "") -> Usage:
        asked = reading(info)
        return Usage.of(await usage.of(asked.wiring, asked.caller, tenant))

    @strawberry.field(description="Of the tenant that are not revoked; all tenants' for who operates the service.")
    async def keys(self, info: Info) -> list[Key]:
        asked = administering(info)
        return [Key.of(key) for key in await keys.listed(asked.wiring, asked.caller)]

    @strawberry.field
    async def tenant(self, info: Info, name: strawberry.ID) -> Tenant:
        asked = administering(info)
        found = await tenants.find(asked.wiring, asked.caller, name)
        return Tenant.of(TenantAnswer.of(found, asked.wiring.settings))

    @strawberry.field(description="All for who operates the service; else one's own.")
    async def tenants(self, info: Info) -> list[Tenant]:
        asked = administering(info)
        found = await tenants.listed(asked.wiring, asked.caller)
        return [Tenant.of(TenantAnswer.of(tenant, asked.wiring.settings)) for tenant in found]

    @strawberry.field(description="The oldest first; of the tenant, of everybody for who operates the service.")
    async def audit(
        self, info: Info, action: str = "", actor: str = "", first: int = DEFAULT_FIRST, after: str = ""
    ) -> Connection[AuditEntry]:
        asked = administering(info)
        found = await asked.wiring.database.audit.list(
            after=max(0, number_of(after)),
            limit=checked(first) + 1,
            tenant=asked.caller.reach.tenant,
            action=action,
            actor=actor,
        )
        return Connection.of([(str(each.seq), AuditEntry.of(each)) for each in found], first)
