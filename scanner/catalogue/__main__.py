"""``python -m scanner.catalogue``: makes the index from the modules."""

from scanner.catalogue.formats import INDEX
from scanner.catalogue.making import make_index

INDEX.write_bytes(make_index())
