"""What a job brings that nobody may read: Phoenix credentials, and where and with which headers its webhook goes."""

import json
from typing import Any

from sqlalchemy import Row

from jobs_store.errors import SecretError
from jobs_store.jobs.records import Credentials, NewJob
from jobs_store.secrets import Sealer
from jobs_store.tables import jobs, tenants

SECRET_COLUMNS = (jobs.c.phoenix_client_id, jobs.c.phoenix_client_secret, jobs.c.webhook_headers)

TENANT_SECRET_COLUMNS = (
    tenants.c.phoenix_client_id.label("tenant_client_id"),
    tenants.c.phoenix_client_secret.label("tenant_client_secret"),
    tenants.c.phoenix_url.label("tenant_url"),
    tenants.c.uses_service_account.label("tenant_uses_service_account"),
)


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
        """The job's own, else its tenant's, else the service's where the tenant may use them. Raises `SecretError`."""
        if row.phoenix_client_id is not None:
            return Credentials(self._open(row.phoenix_client_id), self._open(row.phoenix_client_secret), row.phoenix_api_url)
        if row.tenant_client_secret is not None:
            own = self._open(row.tenant_client_id), self._open(row.tenant_client_secret)
            return Credentials(*own, row.tenant_url, asked_url=row.phoenix_api_url)
        if not row.tenant_uses_service_account:
            raise SecretError("the job's tenant has no Phoenix credentials any more; give it some, then retry the job")
        return Credentials(None, None, None, asked_url=row.phoenix_api_url)

    def webhook_headers(self, row: Row[*tuple[Any, ...]]) -> dict[str, str]:
        opened = self._open(row.webhook_headers)
        headers: dict[str, str] = json.loads(opened) if opened else {}
        return headers

    def _seal(self, plain: str | None) -> str | None:
        return None if plain is None else self.seal_text(plain)

    def _open(self, sealed: str | None) -> str | None:
        return None if sealed is None else self.open_text(sealed)
