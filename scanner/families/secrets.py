"""What all findings of secrets have in common."""

CLEAR = "CWE-798"
ROTATE = "Revoke the secret and issue a new one, then remove it from the code and, where that is shared, from its history."
_SHOWN = 3


def masked(secret: str) -> str:
    """Enough to recognise it, not enough to use it."""
    return f"{secret[:_SHOWN]}… ({len(secret)} characters)" if secret else ""
