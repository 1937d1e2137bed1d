"""What a key looks like: a prefix that secret scanners can search for, 238 random bits, and a checksum.

The checksum (CRC-32, as other services' tokens have it) keeps false alarms of scanners and mistyped keys away from the
database; it proves nothing.
"""

import hashlib
import secrets
import string
import zlib

PREFIX = "phxscan_"
_ALPHABET = string.digits + string.ascii_letters
_RANDOM, _CHECK = 40, 6
SHOWN = len(PREFIX) + 4
_EARLIER = "psk_"
"""Of keys that were made before there was a checksum; they stay good."""


def new_text() -> str:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return PREFIX + body + _checksum(body)


def is_plausible(text: str) -> bool:
    """False for what certainly is no key of ours."""
    if text.startswith(_EARLIER):
        return len(text) == len(_EARLIER) + 43
    body = text.removeprefix(PREFIX)[:-_CHECK]
    return (
        text.isascii()
        and text.startswith(PREFIX)
        and len(text) == len(PREFIX) + _RANDOM + _CHECK
        and text.endswith(_checksum(body))
    )


def sha256(text: str) -> str:
    """As it is stored: with so many random bits there is nothing to guess, so a plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _checksum(body: str) -> str:
    number, letters = zlib.crc32(body.encode("utf-8", "replace")), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, len(_ALPHABET))
        letters = _ALPHABET[rest] + letters
    return letters
