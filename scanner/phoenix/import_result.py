"""How an import went. Apart from the client: who hears of it needs nothing of what sends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportResult:
    """``requests`` is how many bodies were accepted: more than one where Phoenix found the whole too large, or would have."""

    requests: int
    request_ids: tuple[str, ...]
    too_large: tuple[int, ...] = ()
    """Bytes of the bodies that it found too large."""
