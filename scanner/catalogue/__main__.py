"""``python -m scanner.catalogue``, in a checkout: makes the index and the page from the modules."""

from scanner.catalogue.formats import INDEX
from scanner.catalogue.making import PAGE, make_index, make_page

INDEX.write_bytes(make_index())
PAGE.write_text(make_page(), encoding="utf-8")
