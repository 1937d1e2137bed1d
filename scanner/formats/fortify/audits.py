"""What analysts have said of issues, in ``audit.xml`` or in the tags of a report; and which are about secrets."""

from scanner.model import Dismissed, Finding
from scanner.normalize.dismissal import Dismissal

_NO_ISSUE = "not an issue"


def judged(finding: Finding, values: list[str], comments: list[str], *, is_suppressed: bool) -> Finding | Dismissed:
    """The finding, dismissed where it was suppressed or an analysis says that it is no issue."""
    note = "; ".join(comments)
    if any(value.casefold() == _NO_ISSUE for value in values):
        return Dismissed(finding, Dismissal.FALSE_POSITIVE, note)
    return Dismissed(finding, Dismissal.SUPPRESSED, note) if is_suppressed else finding


def is_secret(category: str) -> bool:
    """Not every report names the weakness of a category, but those of secrets are known by their first words."""
    return category.startswith(("Password Management", "Key Management", "Credential Management"))
