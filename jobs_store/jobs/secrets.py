"""What a job brings that nobody may read: Phoenix credentials, and where and with which headers its webhook goes."""

import json
from typing import Any

from sqlalchemy import Row

from jobs_store.jobs.records import Credentials, NewJob
from jobs_store.secrets import Sealer
from jobs_store.tables import jobs

SECRET_COLUMNS = (jobs.c.phoenix_client_id, jobs.c.phoenix_client_secret, jobs.c.webhook_headers)


class JobSecrets(Sealer):
    """Seals what comes with a job, column by column."""

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

    def _seal(self, plain: str | None) -> str | None:
        return None if plain is None else self.seal_text(plain)

    def _open(self, sealed: str | None) -> str | None:
        return None if sealed is None else self.open_text(sealed)
