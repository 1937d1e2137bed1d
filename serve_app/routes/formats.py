"""``GET /api/v1/formats``: what can be read."""

from fastapi import APIRouter, Response

from serve_app.access.auth import key_required
from serve_app.answering.revalidation import FOR_EVERYBODY
from serve_app.schemas.jobs import Formats
from serve_app.services.formats import formats as known

router = APIRouter(prefix="/api/v1/formats", tags=["formats"], dependencies=key_required)


@router.get("", summary="List the formats that can be read")
async def formats(response: Response) -> Formats:
    response.headers["Cache-Control"] = FOR_EVERYBODY
    found = list(known())
    return Formats(total=len(found), formats=found)
