"""What an importer says of a batch that could not be imported."""

from typing import Any

import pytest
from ray.exceptions import RayTaskError

from cluster import importing
from cluster.batches import BatchToImport
from cluster.importing import Importer
from scanner.model import AssetType, ImportType
from scanner.phoenix.credentials import PhoenixCredentials
from scanner.phoenix.errors import PhoenixAuthError
from scanner.phoenix.exchange import phoenix_http

BATCH = BatchToImport(
    job_id="job-1", lease_token="t", number=1, of=1, import_type=ImportType.NEW, asset_type=AssetType.INFRA,
    assessment_name="n", credentials=PhoenixCredentials("https://p", "id", "secret"), awaited=False, sent_before=False,
    size_bytes=2, storage_url="unused:", storage_key=None, body=b"[]", import_timeout_seconds=9,
)  # fmt: skip


class TenantWithWrongCredentials:
    """Its actor's refusal arrives as Ray hands it over."""

    async def acquire(self) -> None:
        return None

    async def release(self, *_how: Any) -> None:
        return None

    async def token(self) -> str:
        raise RayTaskError("token", "Traceback (most recent call last):\n  …", PhoenixAuthError("401")).as_instanceof_cause()

    async def renew(self, _stale: str) -> str:
        return await self.token()


async def test_refused_credentials_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "give_way", lambda _niceness: None)
    monkeypatch.setattr(Importer, "_tenant", lambda _self, _credentials: TenantWithWrongCredentials())
    async with phoenix_http() as http:
        monkeypatch.setattr(importing, "phoenix_http", lambda **_limits: http)
        told = [outcome async for ended in Importer("").import_batches([BATCH]) for _, outcome in ended]
    assert [(type(error), str(error)) for error in told] == [(PhoenixAuthError, "Phoenix refused the credentials: 401")]
