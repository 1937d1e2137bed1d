"""What all findings of secrets have in common."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from scanner.normalize.details import excerpt

CLEAR = "CWE-798"
ROTATE = "Revoke the secret and issue a new one, then remove it from the code and, where that is shared, from its history."
_SHOWN = 3
_HIDDEN = 4
"""The least characters of a secret that is looked for in a text: shorter ones stand in any."""
_OF_SECRETS = frozenset((CLEAR, "CWE-259", "CWE-321", "CWE-615"))
"""Hard-coded credentials, passwords and keys, and what comments give away."""
_TOKEN = re.compile(
    r"\b(?:gh[pousr]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|A(?:KI|SI)A[A-Z0-9]{12,}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{16,}"
    r"|[rs]k_live_\w{16,}|npm_\w{30,}|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?)"
    r"|(?<=PRIVATE KEY-----)[^-]+"
)
"""What nobody has to be told that it is a secret."""
_QUOTED = re.compile(
    r"(?i)(?:password|passphrase|secret|token|key|credential|value)s?(?: is| was| found)?\s?:?\s(['\"`])((?:(?!\1).){4,500})\1"
)


def masked(secret: str) -> str:
    """Enough to recognise it, not enough to use it."""
    return f"{secret[: min(_SHOWN, len(secret) // 2)]}… ({len(secret)} characters)" if secret else ""


def hidden(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with these secrets masked wherever they stand, and with those that can be known by their beginning."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _HIDDEN and secret in text:
            text = text.replace(secret, masked(secret))
    return _TOKEN.sub(lambda token: masked(token[0]), text)


def hidden_in(value: Any, secrets: Sequence[str]) -> Any:
    """The same of all texts of a record."""
    if isinstance(value, str):
        return hidden(value, secrets)
    if isinstance(value, dict):
        return {name: hidden_in(inner, secrets) for name, inner in value.items()}
    return [hidden_in(inner, secrets) for inner in value] if isinstance(value, list) else value


def unquoted(message: str) -> str:
    """A message about a hard-coded secret, with what it quotes masked."""
    return hidden(message, (quoted[2] for quoted in _QUOTED.finditer(message)))


def are_of_secrets(cwes: Iterable[str]) -> bool:
    """Whether code that such a finding is about has the secret in it."""
    return not _OF_SECRETS.isdisjoint(cwes)


def evidence(code: str | None, cwes: Iterable[str]) -> str:
    """The code that a finding is about, but for findings of secrets in it: those stay in the report."""
    return "" if are_of_secrets(cwes) else excerpt(code)
