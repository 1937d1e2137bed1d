"""Makes the index from the modules of `scanner.formats`, loading all of them."""

import importlib
import pkgutil

import scanner.formats
from scanner.catalogue.entry import Entry, encode_entries


def make_index() -> bytes:
    names = sorted(module.name for module in pkgutil.iter_modules(scanner.formats.__path__))
    formats = [importlib.import_module(f"scanner.formats.{name}").FORMAT for name in names]
    return encode_entries([Entry.of(format_) for format_ in formats])
