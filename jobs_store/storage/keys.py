"""What may be a key: short, plain segments between slashes, so that it is a safe path and a plain URL everywhere."""

import re

from jobs_store.errors import InvalidKeyError

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}){0,15}")
_MAX_LENGTH = 512


def valid_key(key: str) -> str:
    """The key itself. Raises `InvalidKeyError`: no segment begins with a dot, so none leaves the folder or hides in it."""
    if len(key) > _MAX_LENGTH or not _KEY.fullmatch(key):
        raise InvalidKeyError(key)
    return key


def valid_folder(prefix: str) -> str:
    """As `valid_prefix`, but never everything."""
    return valid_key(prefix.removesuffix("/"))


def valid_prefix(prefix: str) -> str:
    """A folder without its last slash; empty for everything."""
    folder = prefix.removesuffix("/")
    return valid_key(folder) if folder else ""
