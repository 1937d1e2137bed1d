"""Lists and counts, made once for each version of what they are about.

The database counts the changes of a tenant's jobs and bulks in the transaction that makes them (`jobs_store.versions`). An
answer is kept under the version that was read before it was made, so whoever finds it under the present version finds nothing
older than that: a change by another replica, a worker or a command is seen by the next request. What is asked and by whom
(tenant, and submitter where that is all that is seen) is part of the key.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable

from jobs_store.reach import Reach
from jobs_store.versions import Versions
from serve_app.keeping.stores import KeptStore

MOST_BYTES = 1_000_000
"""What is longer is made each time."""


class Kept:
    def __init__(self, store: KeptStore, versions: Versions, *, secret: str, database: str, release: str) -> None:
        """Services that share a Redis do not share what they keep: ``database`` tells them apart, ``release`` their shapes."""
        self._store, self._versions = store, versions
        self._secret = hashlib.sha256(f"{secret}\0{database}\0{release}".encode()).digest()

    async def get(self, reach: Reach, what: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """What ``make`` gives back, or gave back since the last change of what is reached. One short statement."""
        version = await self._versions.of(reach.tenant)
        told = "\0".join((reach.tenant or "", reach.submitter or "", "all" if reach.tenant is None else "", str(version), what))
        key = hmac.digest(self._secret, told.encode("utf-8", "surrogatepass"), "sha256").hex()
        if (found := await self._store.find(key)) is not None:
            return found
        made = await make()
        if len(made) <= MOST_BYTES:
            await self._store.keep(key, made)
        return made

    async def close(self) -> None:
        await self._store.close()
