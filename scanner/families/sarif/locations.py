"""Where a result is, as a text that is the same on every scan."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import msgspec

from scanner.families.sarif.model import Artifact, ArtifactLocation, Location, LogicalLocation, Message
from scanner.normalize.details import excerpt

_FILE_URI = re.compile(r"file:/*(?=[A-Za-z]:)|file:/+(?=/)|file:(?=/)", re.IGNORECASE)


class Place(msgspec.Struct, gc=False):
    text: str
    """``path:line:column``; with the symbol where there is no line, or only the first, which tools write for none."""
    path: str = ""
    """File, or URL of a dynamic test; empty where the result names neither."""
    symbol: str = ""
    """Function, package or resource, where the tool says."""
    snippet: str = ""


def artifact_paths(artifacts: Sequence[Artifact] | None, bases: Sequence[str]) -> tuple[str, ...]:
    uris = ((artifact.location.uri if artifact.location else None) or "" for artifact in artifacts or ())
    return tuple(_path(uri, bases) for uri in uris)


def base_uris(bases: Mapping[str, ArtifactLocation] | None) -> tuple[str, ...]:
    """Absolute roots of the scanned tree, the longest first: they differ from machine to machine and are cut off."""
    uris = {base.uri.rstrip("/") + "/" for base in (bases or {}).values() if base.uri and ":/" in base.uri}
    return tuple(sorted(uris - {"file:///"}, key=len, reverse=True))


def place(location: Location, artifacts: Sequence[str], bases: Sequence[str]) -> Place:
    """``artifacts`` are the paths of the run's, to which locations refer by index."""
    symbol = _symbol(location.logical_locations) if location.logical_locations else ""
    physical = location.physical_location
    if physical is None:
        return Place(symbol, symbol=symbol)
    artifact, region = physical.artifact_location, physical.region
    path = snippet = ""
    if artifact is not None:
        path = artifact.uri or ""
        if not path or ":" in path or "%" in path:
            path = _artifact_path(artifact, artifacts, bases)
    text = path
    line: int | None = 0
    if region is not None:
        line, column, shown = region.start_line, region.start_column, region.snippet
        if path and line and line > 0:
            text = f"{path}:{line}:{column}" if column and column > 0 else f"{path}:{line}"
        if shown is not None:
            snippet = excerpt((shown.text or shown.markdown) if isinstance(shown, Message) else shown)
    if symbol and (line or 0) <= 1:
        text = f"{text} ({symbol})" if text else symbol
    return Place(text, path, symbol, snippet)


def _symbol(locations: Sequence[LogicalLocation]) -> str:
    return next((name for entry in locations if (name := entry.fully_qualified_name or entry.name)), "")


def _artifact_path(artifact: ArtifactLocation, artifacts: Sequence[str], bases: Sequence[str]) -> str:
    uri = artifact.uri
    if uri is not None:
        return _path(uri, bases)
    return artifacts[artifact.index] if artifact.index is not None and 0 <= artifact.index < len(artifacts) else ""


def _path(uri: str, bases: Sequence[str]) -> str:
    for base in bases:
        uri = uri.removeprefix(base)
    path = _FILE_URI.sub("", uri, count=1) if uri[:5].lower() == "file:" else uri
    return unquote(path) if "%" in path and "://" not in path else path
