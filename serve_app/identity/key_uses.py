"""When keys were last used, without a request that waits for it."""

import asyncio
from datetime import UTC, datetime

import structlog

from jobs_store.errors import StoreError
from jobs_store.keys import ApiKey
from jobs_store.keys.repository import USED_EVERY, ApiKeyRepository

_log = structlog.get_logger(__name__)


class KeyUses:
    """Writes in the background, once a minute for a key at most."""

    def __init__(self, keys: ApiKeyRepository) -> None:
        self._keys = keys
        self._writing: dict[str, asyncio.Task[None]] = {}

    def note(self, key: ApiKey) -> None:
        if (key.last_used_at is not None and datetime.now(UTC) - key.last_used_at < USED_EVERY) or key.key_id in self._writing:
            return
        task = self._writing[key.key_id] = asyncio.create_task(self._write(key.key_id))
        task.add_done_callback(lambda _task: self._writing.pop(key.key_id, None))

    async def close(self) -> None:
        await asyncio.gather(*self._writing.values())

    async def _write(self, key_id: str) -> None:
        try:
            await self._keys.used(key_id)
        except StoreError as error:
            _log.warning("a key's use is not noted", key=key_id, error=str(error))
