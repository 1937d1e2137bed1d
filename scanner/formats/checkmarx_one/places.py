"""What both kinds of report have in common: levels, places, and what was judged."""

from scanner.families.checkouts import below_checkout
from scanner.families.records import Record, text
from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal, dismissal
from scanner.normalize.severity import INFO
from scanner.normalize.text import joined

LEVELS = {"information": INFO, "info": INFO}
SHOWN_STEPS = 30
ID_CHARACTERS = 12


def step(node: Record, *names: str) -> str:
    place = file_line(text(node, "fileName"), text(node, "line"))
    return joined(
        f"{place}:{text(node, 'column')}" if text(node, "column") else place, text(node, *names) if names else "", separator=" "
    )


def file_line(path: str, line: str) -> str:
    """Paths begin at the root of the repository."""
    return ":".join(filter(None, (below_checkout(path.lstrip("/")), line)))


def judged(finding: Finding, record: Record) -> Finding | Dismissed:
    state, status = text(record, "state"), text(record, "status")
    if reason := dismissal(state):
        return Dismissed(finding, reason, state)
    return Dismissed(finding, Dismissal.FIXED, status) if status.casefold() == "fixed" else finding
