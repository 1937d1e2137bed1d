"""``GET /api/v1/formats``: what can be read."""

from fastapi import APIRouter

from scanner.catalogue import Entry, entries
from scanner.shapes.rooms import shapes
from serve_app.access.auth import key_required
from serve_app.schemas.jobs import FormatAnswer, Formats

router = APIRouter(prefix="/api/v1/formats", tags=["formats"], dependencies=key_required)


@router.get("", summary="List the formats that can be read")
async def formats() -> Formats:
    found = [_answer(entry) for entry in entries().values()]
    return Formats(total=len(found), formats=found)


def _answer(entry: Entry) -> FormatAnswer:
    return FormatAnswer(
        slug=entry.slug,
        titles=list(entry.names),
        aliases=list(entry.aliases),
        scanner=entry.scanner,
        kinds=sorted({shapes()[variant.shape].code for variant in entry.variants}),
        asset_type=entry.asset_type,
    )
