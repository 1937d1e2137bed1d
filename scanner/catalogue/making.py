"""Makes the index from `scanner.formats`, loading all of them."""

import pkgutil

import scanner.formats
from scanner.catalogue.entry import Entry, encode_entries
from scanner.catalogue.formats import BUILT_IN, built_in


def built_in_slugs() -> list[str]:
    modules = (module.name for module in pkgutil.iter_modules(scanner.formats.__path__))
    return sorted((*modules, *(mapping.stem for mapping in BUILT_IN.glob("*.yaml"))))


def make_index() -> bytes:
    return encode_entries([Entry.of(built_in(slug)) for slug in built_in_slugs()])
