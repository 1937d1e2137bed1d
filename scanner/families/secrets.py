"""What all findings of secrets have in common."""

from collections.abc import Sequence

from scanner.normalize.details import excerpt

CLEAR = "CWE-798"
ROTATE = "Revoke the secret and issue a new one, then remove it from the code and, where that is shared, from its history."
_SHOWN = 3
_OF_SECRETS = frozenset((CLEAR, "CWE-259", "CWE-321", "CWE-615"))
"""Hard-coded credentials, passwords and keys, and what comments give away."""


def masked(secret: str) -> str:
    """Enough to recognise it, not enough to use it."""
    return f"{secret[:_SHOWN]}… ({len(secret)} characters)" if secret else ""


def evidence(code: str | None, cwes: Sequence[str]) -> str:
    """The code that a finding is about, but for findings of secrets in it: those stay in the report."""
    return "" if _OF_SECRETS.intersection(cwes) else excerpt(code)
