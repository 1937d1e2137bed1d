"""Secrets at rest: Fernet (AES-128-CBC with HMAC-SHA256) under keys derived from ``SECRET_KEY``."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from jobs_store.errors import SecretError

_PURPOSE = b"phoenix-scanner secrets at rest v1"


class SecretBox:
    """Encrypts with the first key and decrypts with any.

    To rotate, put the new key in front and drop the old one once the jobs of its time are gone. The keys are the parts of
    ``SECRET_KEY``, high-entropy text of any length; HKDF gives them Fernet's shape and adds no strength.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        usable = [key.strip() for key in keys if key.strip()]
        if not usable:
            raise SecretError("SECRET_KEY is empty")
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in usable])

    @classmethod
    def from_setting(cls, secret_key: str) -> "SecretBox":
        """From ``SECRET_KEY`` as it is written: one key, or several with commas between, the newest first."""
        return cls(secret_key.split(","))

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        """Raises `SecretError` when no key fits: ``SECRET_KEY`` was changed without keeping the old one in its list."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretError("a stored secret was encrypted under another SECRET_KEY; add that one to the list") from error

    def __repr__(self) -> str:
        return "SecretBox(…)"


class Sealer:
    """A `SecretBox` or none: a store opened without keys holds what brings no secrets; what does raises `SecretError`."""

    def __init__(self, box: SecretBox | None) -> None:
        self._box = box

    def seal_text(self, plain: str) -> str:
        return self._keys().encrypt(plain)

    def open_text(self, sealed: str) -> str:
        """Raises `SecretError` when ``SECRET_KEY`` no longer fits."""
        return self._keys().decrypt(sealed)

    def _keys(self) -> SecretBox:
        if self._box is None:
            raise SecretError("what is to be kept may hold secrets, and the store was opened without SECRET_KEY")
        return self._box


def _derive(key: str) -> bytes:
    return base64.urlsafe_b64encode(HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode()))
