"""Where a result is, as a text that is the same on every scan."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import msgspec

from scanner.families.sarif.model import Artifact, ArtifactLocation, Location, LogicalLocation, text_of
from scanner.normalize.details import excerpt

_FILE_URI = re.compile(r"file:/*(?=[A-Za-z]:)|file:/+(?=/)|file:(?=/)", re.IGNORECASE)


class Place(msgspec.Struct, frozen=True, gc=False):
    path: str = ""
    """File, or URL of a dynamic test; empty where the result names neither."""
    line: int = 0
    column: int = 0
    symbol: str = ""
    """Function, package or resource, where the tool says."""
    snippet: str = ""

    def __str__(self) -> str:
        """``path:line:column``; with the symbol where there is no line, or only the first, which tools write for none."""
        position = f":{self.line}" + (f":{self.column}" if self.column else "") if self.line else ""
        text = f"{self.path}{position}" if self.path else ""
        if self.symbol and self.line <= 1:
            text = f"{text} ({self.symbol})" if text else self.symbol
        return text


def artifact_uris(artifacts: Sequence[Artifact] | None) -> tuple[str, ...]:
    return tuple((artifact.location.uri if artifact.location else None) or "" for artifact in artifacts or ())


def base_uris(bases: Mapping[str, ArtifactLocation] | None) -> tuple[str, ...]:
    """Absolute roots of the scanned tree, the longest first: they differ from machine to machine and are cut off."""
    uris = {base.uri.rstrip("/") + "/" for base in (bases or {}).values() if base.uri and ":/" in base.uri}
    return tuple(sorted(uris - {"file:///"}, key=len, reverse=True))


def place(location: Location, artifacts: Sequence[str], bases: Sequence[str]) -> Place:
    symbol = _symbol(location.logical_locations) if location.logical_locations else ""
    physical = location.physical_location
    if physical is None:
        return Place(symbol=symbol)
    path = _path(_uri(physical.artifact_location, artifacts), bases)
    region = physical.region
    if region is None:
        return Place(path, symbol=symbol)
    snippet = excerpt(text_of(region.snippet)) if region.snippet is not None else ""
    return Place(path, max(region.start_line or 0, 0), max(region.start_column or 0, 0), symbol, snippet)


def _symbol(locations: Sequence[LogicalLocation]) -> str:
    return next((name for entry in locations if (name := entry.fully_qualified_name or entry.name)), "")


def _uri(artifact: ArtifactLocation | None, artifacts: Sequence[str]) -> str:
    if artifact is None:
        return ""
    if artifact.uri is None and artifact.index is not None and 0 <= artifact.index < len(artifacts):
        return artifacts[artifact.index]
    return artifact.uri or ""


def _path(uri: str, bases: Sequence[str]) -> str:
    for base in bases:
        uri = uri.removeprefix(base)
    path = _FILE_URI.sub("", uri, count=1) if uri[:5].lower() == "file:" else uri
    return unquote(path) if "%" in path and "://" not in path else path
