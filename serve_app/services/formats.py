"""Formats: what can be read."""

from collections.abc import Sequence
from functools import cache

from scanner.catalogue import entries
from scanner.shapes.rooms import shapes
from serve_app.schemas.jobs import FormatAnswer


@cache
def formats() -> Sequence[FormatAnswer]:
    """All of them, by slug; the same for as long as the process runs."""
    return [
        FormatAnswer(
            slug=entry.slug,
            titles=list(entry.names),
            aliases=list(entry.aliases),
            scanner=entry.scanner,
            kinds=sorted({shapes()[variant.shape].code for variant in entry.variants}),
            asset_type=entry.asset_type,
        )
        for entry in entries().values()
    ]


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
