"""All formats, found by looking into `scanner.formats`: a new format is a new module there and nothing else."""

import difflib
import functools
import importlib
import pkgutil
import re
from collections.abc import Mapping

import scanner.formats
from scanner.errors import UnknownFormatError
from scanner.format import Format

AUTO = "auto"
_LONGEST_NAME = 100


@functools.cache
def all_formats() -> Mapping[str, Format]:
    """Slug → format, in the order of the slugs. A format that cannot be imported is an error, never a silent gap."""
    found = {}
    for module in pkgutil.iter_modules(scanner.formats.__path__):
        format_ = importlib.import_module(f"scanner.formats.{module.name}").FORMAT
        if format_.slug != module.name:
            raise ImportError(f"scanner.formats.{module.name} declares the slug {format_.slug!r}")
        found[format_.slug] = format_
    return dict(sorted(found.items()))


@functools.cache
def _by_name() -> Mapping[str, Format]:
    index: dict[str, Format] = {}
    for format_ in all_formats().values():
        for name in (format_.slug, *format_.aliases, *format_.names):
            holder = index.setdefault(_folded(name), format_)
            if holder is not format_:
                raise ImportError(f"{name!r} names both {holder.slug} and {format_.slug}")
    return index


def find_format(name: str) -> Format:
    """The format by slug, title or alias, case and separators ignored; `UnknownFormatError` names the nearest."""
    found = _by_name().get(_folded(name))
    if found is not None:
        return found
    nearest = difflib.get_close_matches(_folded(name[:_LONGEST_NAME]), _by_name(), n=5, cutoff=0.5)
    raise UnknownFormatError(
        name[:_LONGEST_NAME], tuple(dict.fromkeys(_by_name()[near].slug for near in nearest)), "no format of this name"
    )


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.casefold())
