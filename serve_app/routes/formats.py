"""``GET /api/v1/formats``: what can be read."""

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter

from scanner.catalogue import Entry, entries, find, load
from scanner.shapes.rooms import shapes
from serve_app.access.auth import key_required
from serve_app.schemas.jobs import FormatAnswer, FormatDetailAnswer, Formats

router = APIRouter(prefix="/api/v1/formats", tags=["formats"], dependencies=key_required)


@router.get("", summary="List the formats that can be read")
async def formats() -> Formats:
    found = [_answer(entry) for entry in entries().values()]
    return Formats(total=len(found), formats=found)


@router.get("/{slug}", summary="Show a format, and how its report is made")
async def show_format(slug: Annotated[str, PathParameter(max_length=64)]) -> FormatDetailAnswer:
    """By any of its names."""
    entry = find(slug)
    format_ = load(entry.slug)
    sources = [source for source in format_.sources if source.startswith("https://")]
    return FormatDetailAnswer(**_answer(entry).model_dump(), produce=format_.produce, sources=sources)


def _answer(entry: Entry) -> FormatAnswer:
    return FormatAnswer(
        slug=entry.slug,
        titles=list(entry.names),
        aliases=list(entry.aliases),
        scanner=entry.scanner,
        kinds=sorted({shapes()[variant.shape].code for variant in entry.variants}),
        asset_type=entry.asset_type,
    )
