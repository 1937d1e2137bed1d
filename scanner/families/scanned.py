"""Assets that count as scanned although no record of the report may be about them."""

from scanner.format import Section
from scanner.model import Asset


def scanned(asset: Asset) -> Section:
    """A section without records: a report that found nothing still says what it looked at."""
    return Section((), _nothing, asset=asset)


def _nothing(_record: object, _context: object) -> None:
    return None
