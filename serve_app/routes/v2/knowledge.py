"""``/api/v2/formats`` and ``/api/v2/usage``."""

from operator import attrgetter
from typing import Annotated

from fastapi import APIRouter, Query, Response

from serve_app.access.auth import ReaderDep, WiringDep, key_required
from serve_app.answering.revalidation import FOR_EVERYBODY
from serve_app.routes.v2.parameters import After, Limit
from serve_app.schemas.problems import problems
from serve_app.schemas.tenants import UsageAnswer
from serve_app.schemas.v2 import FormatsV2
from serve_app.services import formats, usage
from serve_app.services.pages import slice_of

router = APIRouter(prefix="/api/v2", dependencies=key_required, responses=problems(400, 401, 403, 503))


@router.get("/formats", tags=["v2 formats"], summary="List the formats that can be read")
async def list_formats(
    response: Response,
    search: Annotated[str, Query(max_length=256, description="Part of the slug, the scanner or a name.")] = "",
    kind: Annotated[str, Query(max_length=32, description="`json`, `xml`, `csv` …")] = "",
    asset_type: Annotated[str, Query(max_length=32)] = "",
    after: After = "",
    limit: Limit = 100,
) -> FormatsV2:
    response.headers["Cache-Control"] = FOR_EVERYBODY
    page = slice_of(formats.search(search, kind, asset_type), attrgetter("slug"), after, limit)
    return FormatsV2(items=list(page.items), next=page.next)


@router.get("/usage", tags=["v2 tenants"], summary="What is used of each limit", responses=problems(404))
async def show_usage(
    wiring: WiringDep,
    caller: ReaderDep,
    tenant: Annotated[str, Query(max_length=128, description="Another tenant; for who operates the service.")] = "",
) -> UsageAnswer:
    return await usage.of(wiring, caller, tenant)
