"""Which formats there are, and how they are recognised, without loading any: names and signatures stand in one index.

``python -m scanner.catalogue`` makes the index from the modules of `scanner.formats`; a test holds it against them.
"""

from scanner.catalogue.entry import Entry
from scanner.catalogue.formats import AUTO, entries, find, load, mappings_in

__all__ = ["AUTO", "Entry", "entries", "find", "load", "mappings_in"]
