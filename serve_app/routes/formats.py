"""``GET /api/v1/formats``: what can be read."""

from typing import Annotated

from fastapi import APIRouter, Response
from fastapi import Path as PathParameter

from serve_app.access.auth import key_required
from serve_app.answering.revalidation import FOR_EVERYBODY
from serve_app.schemas.jobs import FormatDetailAnswer, Formats
from serve_app.services.formats import detail
from serve_app.services.formats import formats as known

router = APIRouter(prefix="/api/v1/formats", tags=["formats"], dependencies=key_required)


@router.get("", summary="List the formats that can be read")
async def formats(response: Response) -> Formats:
    response.headers["Cache-Control"] = FOR_EVERYBODY
    found = list(known())
    return Formats(total=len(found), formats=found)


@router.get("/{slug}", summary="Show a format, and how its report is made")
async def show_format(slug: Annotated[str, PathParameter(max_length=64)], response: Response) -> FormatDetailAnswer:
    """By any of its names."""
    found = detail(slug)
    response.headers["Cache-Control"] = FOR_EVERYBODY
    return found
