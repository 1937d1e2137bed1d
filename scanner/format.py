"""How a format is declared: data and pure functions; the engine does all reading.

A module of `scanner.formats` exports one value, ``FORMAT``. A format has one variant per physical shape that its scanner has
shipped (JSON and CSV, version 1 and 2); each variant is recognised by its signature and turned into findings record by record.
"""

from dataclasses import dataclass
from typing import Any

from scanner.model import AssetType
from scanner.section import Part, Section, Translated, each
from scanner.shapes.shape import Variant

__all__ = ["Format", "Part", "Section", "Translated", "each"]


@dataclass(frozen=True, slots=True)
class Format:
    slug: str
    """What clients send as ``scanner_type``; the module's name."""
    scanner: str
    """The product, as its vendor writes it."""
    asset_type: AssetType
    """What its assets usually are; each record may say otherwise."""
    variants: tuple[Variant[Any], ...]
    names: tuple[str, ...] = ()
    """Titles by which other tools know the format (``Trivy Scan``)."""
    aliases: tuple[str, ...] = ()
    """Common short names (``grype``)."""
    is_exchanged: bool = False
    """Any tool may write it (SARIF, JUnit): who names a tool is right, whatever that tool has written in."""
    produce: str = ""
    """The command, or the way through the product's menus, that writes such a report."""
    sources: tuple[str, ...] = ()
    """Addresses of the schema, source or documentation that it was made from."""
