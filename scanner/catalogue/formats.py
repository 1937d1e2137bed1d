"""The formats of this installation: those of the index, and those that other packages bring."""

import difflib
import functools
import importlib
import os
import re
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from scanner.catalogue.entry import Entry, decode_entries
from scanner.errors import UnknownFormatError
from scanner.format import Format
from scanner.mappings import format_of
from scanner.mappings.errors import MappingError
from scanner.shapes.shape import Signature

AUTO = "auto"
BUILT_IN = Path(__file__).parents[1] / "formats"
INDEX = Path(__file__).with_name("index.json")
AWAITED = Path(__file__).with_name("awaited.txt")
_NOT_YET = (
    "reports of this scanner are not read yet: send its SARIF, CycloneDX or GitLab report where it writes one, "
    "the generic format, or a mapping of your own"
)
GROUP = "phoenix_scanner.formats"
"""Of entry points by which packages bring formats: the slug, and where its `Format` stands. These are loaded to be known."""
_LONGEST_NAME = 100


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Slug → format, in the order of the slugs. A format that cannot be loaded is an error, never a silent gap.

    One of ``MAPPINGS_DIR`` comes before another of its slug.
    """
    own = own_mappings()
    indexed = [entry for entry in decode_entries(INDEX.read_bytes()) if entry.slug not in own]
    known = [*indexed, *(Entry.of(load(slug)) for slug in dict.fromkeys((*own, *_brought())))]
    found = {entry.slug: entry for entry in sorted(known, key=lambda entry: entry.slug)}
    if len(found) < len(known):
        raise ImportError(f"two formats of one slug: {sorted(entry.slug for entry in known)}")
    return found


@functools.cache
def load(slug: str) -> Format:
    """The format itself, by a slug of `entries`; of those in the index nothing is imported but its own module."""
    if slug in own_mappings():
        return format_of(own_mappings()[slug])
    brought = _brought().get(slug)
    format_ = built_in(slug) if brought is None else _loaded(brought)
    if not isinstance(format_, Format) or format_.slug != slug:
        raise ImportError(f"{'scanner.formats' if brought is None else brought.value} declares no format {slug!r}")
    return format_


def built_in(slug: str) -> Format:
    """One of `scanner.formats`: a module, or a mapping."""
    mapping = BUILT_IN / f"{slug}.yaml"
    if mapping.is_file():
        return format_of(mapping.read_text(encoding="utf-8"))
    format_: Format = importlib.import_module(f"scanner.formats.{slug}").FORMAT
    return format_


def _loaded(brought: EntryPoint) -> object:
    """A `Format`, or the text of a mapping."""
    found = brought.load()
    return format_of(found) if isinstance(found, str) else found


@functools.cache
def own_mappings() -> Mapping[str, str]:
    """Those of the folder that ``MAPPINGS_DIR`` names; errors are those of `mappings_in`."""
    folder = os.environ.get("MAPPINGS_DIR")
    return mappings_in(folder) if folder else {}


def mappings_in(folder: str) -> Mapping[str, str]:
    """Slug → text of the mappings in a folder. Raises `MappingError`, which names the file."""
    found: dict[str, str] = {}
    if not Path(folder).is_dir():
        raise MappingError("MAPPINGS_DIR names no folder", folder)
    for file in sorted(Path(folder).glob("*.y*ml")):
        try:
            text = file.read_text(encoding="utf-8")
            slug = format_of(text).slug
        except UnicodeDecodeError as error:
            raise MappingError("it is not UTF-8", str(file)) from error
        except MappingError as error:
            raise MappingError(error.reason, ", ".join(filter(None, (str(file), error.place)))) from error
        if slug in found:
            raise MappingError(f"another file declares {slug} too", str(file))
        found[slug] = text
    return found


def find(name: str) -> Entry:
    """The format by slug, title or alias, case and separators ignored; `UnknownFormatError` names the nearest."""
    found = entries().get(name) or _by_name().get(_folded(name))
    if found is not None:
        return found
    if _folded(name) in _awaited():
        raise UnknownFormatError(name, (), _NOT_YET)
    nearest = difflib.get_close_matches(_folded(name[:_LONGEST_NAME]), _by_name(), n=5, cutoff=0.5)
    raise UnknownFormatError(
        name[:_LONGEST_NAME], tuple(dict.fromkeys(_by_name()[near].slug for near in nearest)), "no format of this name"
    )


@functools.cache
def _awaited() -> frozenset[str]:
    """Names that pipelines send for scanners whose reports are not read yet."""
    lines = AWAITED.read_text(encoding="utf-8").splitlines()
    return frozenset(_folded(line) for line in lines if not line.startswith("#"))


@functools.cache
def signatures() -> tuple[tuple[str, int, Signature], ...]:
    """All there are, each with the slug of its format and the number of its variant."""
    return tuple(
        (entry.slug, number, variant.signature) for entry in entries().values() for number, variant in enumerate(entry.variants)
    )


@functools.cache
def _brought() -> Mapping[str, EntryPoint]:
    return {entry_point.name: entry_point for entry_point in entry_points(group=GROUP)}


@functools.cache
def _by_name() -> Mapping[str, Entry]:
    index: dict[str, Entry] = {}
    for entry in entries().values():
        for name in entry.all_names:
            holder = index.setdefault(_folded(name), entry)
            if holder is not entry:
                raise ImportError(f"{name!r} names both {holder.slug} and {entry.slug}")
    return index


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.casefold())
