"""``GET /api/v1/formats``: what can be read."""

from fastapi import APIRouter

from scanner.format import CsvVariant, Format, JsonLinesVariant, JsonVariant, Variant, XmlVariant
from scanner.registry import all_formats
from serve_app.auth import key_required
from serve_app.schemas import FormatAnswer, Formats

router = APIRouter(prefix="/api/v1/formats", tags=["formats"], dependencies=key_required)


@router.get("", summary="List the formats that can be read")
async def formats() -> Formats:
    found = [_answer(format_) for format_ in all_formats().values()]
    return Formats(total=len(found), formats=found)


def _answer(format_: Format) -> FormatAnswer:
    return FormatAnswer(
        slug=format_.slug,
        titles=list(format_.names),
        aliases=list(format_.aliases),
        scanner=format_.scanner,
        kinds=sorted({_kind(variant) for variant in format_.variants}),
        asset_type=format_.asset_type.value,
    )


def _kind(variant: Variant) -> str:
    match variant:
        case JsonVariant():
            return "json"
        case JsonLinesVariant():
            return "jsonl"
        case XmlVariant():
            return "xml"
        case CsvVariant():
            return "csv"
        case _:
            return "document"
