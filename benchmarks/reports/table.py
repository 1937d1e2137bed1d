"""Rows of CSV reports: every cell quoted, as scanners write them."""

from collections.abc import Iterable


def row(cells: Iterable[str]) -> bytes:
    return (",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n").encode()
