"""Bearer tokens: made, counted, expired."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class _Token:
    expires: float
    calls_left: float


class Tokens:
    """The tokens that the sandbox has given out; `clock` tells Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._tokens: dict[str, _Token] = {}

    def issue(self, *, seconds: float, calls: int | None) -> tuple[str, int]:
        """A new token and the Unix second in which it ends; others stay as they are."""
        now = self._clock()
        self._tokens = {text: token for text, token in self._tokens.items() if token.expires > now}
        text = secrets.token_urlsafe(24)
        self._tokens[text] = _Token(now + seconds, float("inf") if calls is None else calls)
        return text, int(now + seconds)

    def spend(self, text: str) -> bool:
        """Whether the token is good for one more call, which this is."""
        token = self._tokens.get(text)
        if token is None or token.expires <= self._clock() or token.calls_left <= 0:
            return False
        token.calls_left -= 1
        return True

    def expire_all(self) -> None:
        self._tokens.clear()
