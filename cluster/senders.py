"""What an importer has of each Phoenix tenant that it sends to."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from ray.exceptions import RayError

from cluster.account import Account
from cluster.accounts import Accounts
from cluster.tenants import SharedTenant
from scanner.phoenix.credentials import PhoenixCredentials

_MOST_IDLE = 32


@dataclass(eq=False)
class Sender:
    credentials: PhoenixCredentials
    tenant: SharedTenant
    users: int = 0


class Senders:
    """Credentials and a `SharedTenant` by account: those in use, and the `_MOST_IDLE` that were used last."""

    def __init__(self, accounts: Accounts, tenants_actor: Callable[[], Any]) -> None:
        self._accounts, self._tenants_actor = accounts, tenants_actor
        self._senders: dict[str, Sender] = {}
        """In the order of their last use."""

    def __len__(self) -> int:
        return len(self._senders)

    @asynccontextmanager
    async def used(self, account: Account) -> AsyncIterator[Sender]:
        """Raises `StoreError` where the credentials cannot be opened."""
        sender = self._senders.get(account.digest)
        if sender is None:
            credentials = await self._accounts.open(account)
            sender = self._senders.get(account.digest)  # others may have waited for them as well
            sender = sender or Sender(credentials, SharedTenant(account, self._tenants_actor()))
        self._keep(account, sender)
        sender.users += 1
        try:
            yield sender
        except RayError:
            self._forget(account, sender)  # the actor is gone for good: it is found or started anew
            raise
        finally:
            sender.users -= 1

    def _keep(self, account: Account, sender: Sender) -> None:
        """As the one that was used last, under an account whose job is under way."""
        sender.tenant.account = account
        self._senders.pop(account.digest, None)
        self._senders[account.digest] = sender
        idle = [digest for digest, other in self._senders.items() if not other.users and other is not sender]
        for digest in idle[: max(0, len(idle) - _MOST_IDLE)]:
            del self._senders[digest]

    def _forget(self, account: Account, sender: Sender) -> None:
        if self._senders.get(account.digest) is sender:
            del self._senders[account.digest]
