"""Where a result is, as a text that is the same on every scan."""

from collections.abc import Sequence

import msgspec

from scanner.families.sarif.model import Location, LogicalLocation, Message, Region
from scanner.families.sarif.paths import Paths
from scanner.normalize.details import excerpt


class Place(msgspec.Struct, gc=False):
    text: str
    """``path:line:column``; with the symbol where there is no line, or only the first, which tools write for none."""
    path: str = ""
    """File, or URL of a dynamic test; empty where the result names neither."""
    symbol: str = ""
    """Function, package or resource, where the tool says."""
    snippet: str = ""
    line: int = 0
    """The first; 0 for none."""
    last_line: int = 0

    @property
    def is_vague(self) -> bool:
        """It names a file, or nothing at all, but no place in it."""
        return self.line <= 1 and not self.symbol


def place(location: Location, paths: Paths) -> Place:
    symbol = _symbol(location.logical_locations) if location.logical_locations else ""
    physical = location.physical_location
    if physical is None:
        return Place(symbol, symbol=symbol)
    artifact, region = physical.artifact_location, physical.region
    path = "" if artifact is None else paths.of(artifact)
    text, snippet, line, last = path, "", 0, 0
    if region is not None:
        line, column, shown = region.start_line or 0, region.start_column, region.snippet
        last = region.end_line or line
        if path and line > 0:
            text = f"{path}:{line}:{column}" if column and column > 0 else f"{path}:{line}"
        elif path:
            text = path + _offset(region)
        if shown is not None:
            snippet = _shown(shown)
    if symbol and line <= 1:
        text = f"{text} ({symbol})" if text else symbol
    return Place(text, path, symbol, snippet, line, last)


def snippets(locations: Sequence[Location]) -> list[str]:
    """The code at some places."""
    regions = (location.physical_location and location.physical_location.region for location in locations)
    return [_shown(region.snippet) for region in regions if region and region.snippet is not None]


def _shown(snippet: Message | str) -> str:
    return excerpt((snippet.text or snippet.markdown) if isinstance(snippet, Message) else snippet)


def _offset(region: Region) -> str:
    """Where in a file that has no lines."""
    for what, offset in (("byte", region.byte_offset), ("character", region.char_offset)):
        if offset is not None and offset >= 0:
            return f" ({what} {offset})"
    return ""


def _symbol(locations: Sequence[LogicalLocation]) -> str:
    return next((name for entry in locations if (name := entry.fully_qualified_name or entry.name)), "")
