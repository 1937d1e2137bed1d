"""What a job brings that nobody may read: Phoenix credentials, and where and with which headers its webhook goes."""

import json
from typing import Any

from sqlalchemy import Row

from jobs_store.errors import SecretError
from jobs_store.records import Credentials, NewJob
from jobs_store.secrets import SecretBox
from jobs_store.tables import jobs

SECRET_COLUMNS = (jobs.c.phoenix_client_id, jobs.c.phoenix_client_secret, jobs.c.webhook_headers)
_CLEAR = ("https://", "http://")
"""How a URL begins that was stored before they were encrypted."""


class JobSecrets:
    """A store opened without keys holds jobs that bring no secrets; one that does raises `SecretError`."""

    def __init__(self, box: SecretBox | None) -> None:
        self._box = box

    def seal(self, new: NewJob) -> dict[str, str | None]:
        """The values of `SECRET_COLUMNS`, and of ``webhook_url``."""
        headers = json.dumps(dict(new.webhook_headers)) if new.webhook_headers else None
        return {
            "phoenix_client_id": self._seal(new.phoenix_client_id),
            "phoenix_client_secret": self._seal(new.phoenix_client_secret),
            "webhook_headers": self._seal(headers),
            "webhook_url": self._seal(new.webhook_url),
        }

    def credentials(self, row: Row[*tuple[Any, ...]]) -> Credentials:
        return Credentials(self._open(row.phoenix_client_id), self._open(row.phoenix_client_secret), row.phoenix_api_url)

    def webhook_headers(self, row: Row[*tuple[Any, ...]]) -> dict[str, str]:
        opened = self._open(row.webhook_headers)
        headers: dict[str, str] = json.loads(opened) if opened else {}
        return headers

    def webhook_url(self, stored: str) -> str:
        """In clear. Raises `SecretError` when ``SECRET_KEY`` no longer fits."""
        return stored if stored.startswith(_CLEAR) else self._keys().decrypt(stored)

    def seal_text(self, plain: str) -> str:
        return self._keys().encrypt(plain)

    def open_text(self, sealed: str) -> str:
        return self._keys().decrypt(sealed)

    def _seal(self, plain: str | None) -> str | None:
        return None if plain is None else self._keys().encrypt(plain)

    def _open(self, sealed: str | None) -> str | None:
        return None if sealed is None else self._keys().decrypt(sealed)

    def _keys(self) -> SecretBox:
        if self._box is None:
            raise SecretError("what is to be kept may hold secrets, and the store was opened without SECRET_KEY")
        return self._box
