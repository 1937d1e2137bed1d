"""Formats: what can be read."""

from collections.abc import Sequence
from functools import cache

from scanner.catalogue import Entry, entries, find, load
from scanner.shapes.rooms import shapes
from serve_app.schemas.jobs import FormatAnswer, FormatDetailAnswer


@cache
def formats() -> Sequence[FormatAnswer]:
    """All of them, by slug; the same for as long as the process runs."""
    return [_answer(entry) for entry in entries().values()]


def detail(name: str) -> FormatDetailAnswer:
    """One, by any of its names. Raises `UnknownFormatError`."""
    entry = find(name)
    format_ = load(entry.slug)
    sources = [source for source in format_.sources if source.startswith("https://")]
    return FormatDetailAnswer(**_answer(entry).model_dump(), produce=format_.produce, sources=sources)


def search(text: str = "", kind: str = "", asset_type: str = "") -> Sequence[FormatAnswer]:
    """Those that have the text in their slug, scanner or a name, in any case."""
    wanted = text.casefold()
    return [
        each
        for each in formats()
        if (not wanted or any(wanted in name.casefold() for name in (each.slug, each.scanner, *each.titles, *each.aliases)))
        and kind in ("", *each.kinds)
        and asset_type in ("", each.asset_type)
    ]


def _answer(entry: Entry) -> FormatAnswer:
    return FormatAnswer(
        slug=entry.slug,
        titles=list(entry.names),
        aliases=list(entry.aliases),
        scanner=entry.scanner,
        kinds=sorted({shapes()[variant.shape].code for variant in entry.variants}),
        asset_type=entry.asset_type,
    )
