"""The jobs database: one object per process that holds its connections and its repositories."""

from types import TracebackType
from typing import Self

from jobs_store.audit.repository import AuditRepository
from jobs_store.bulks.events import BulkEventRepository
from jobs_store.bulks.pages import BulkPages
from jobs_store.bulks.repository import BulkRepository
from jobs_store.engine import Transactions
from jobs_store.jobs.batches import BatchRepository
from jobs_store.jobs.changes import Changes
from jobs_store.jobs.events import EventRepository
from jobs_store.jobs.overview import OverviewRepository
from jobs_store.jobs.pages import JobPages
from jobs_store.jobs.repository import JobRepository
from jobs_store.jobs.secrets import JobSecrets
from jobs_store.keys.repository import ApiKeyRepository
from jobs_store.secrets import SecretBox
from jobs_store.sessions.repository import SessionRepository
from jobs_store.tenants.repository import TenantRepository
from jobs_store.uploads.repository import UploadRepository
from jobs_store.versions import Versions
from jobs_store.webhooks.repository import WebhookRepository


class Database:
    """Belongs to one event loop. Leave its ``async with`` or call `dispose`, so that no connection is left open.

    Whatever uses it may raise `StoreUnavailableError`: the database is away, nothing is known of the write that was under way.
    """

    def __init__(self, transactions: Transactions, secrets: JobSecrets) -> None:
        self._transactions = transactions
        changes = Changes(transactions)
        self.jobs = JobRepository(transactions, changes, secrets)
        self.overview = OverviewRepository(transactions)
        self.events = EventRepository(transactions, changes)
        self.batches = BatchRepository(transactions, changes)
        self.tenants = TenantRepository(transactions, secrets)
        self.keys = ApiKeyRepository(transactions, self.tenants)
        self.webhooks = WebhookRepository(transactions, secrets)
        self.uploads = UploadRepository(transactions, secrets)
        self.bulks = BulkRepository(transactions, secrets)
        self.bulk_events = BulkEventRepository(transactions)
        self.audit = AuditRepository(transactions)
        self.sessions = SessionRepository(transactions)
        self.job_pages = JobPages(transactions)
        self.bulk_pages = BulkPages(transactions)
        self.versions = Versions(transactions)

    async def ping(self) -> None:
        """Raises `StoreUnavailableError` when the database cannot be asked, any other error when it is not migrated."""
        await self._transactions.ping()

    async def dispose(self) -> None:
        """Closes the connections. The object may be used again and then opens new ones."""
        await self._transactions.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.dispose()


def open_database(url: str, *, secrets: SecretBox | None = None, pool_size: int = 5) -> Database:
    """From ``DATABASE_URL``: ``postgresql://…`` or ``sqlite:///file``, with or without a driver. Connects at its first use.

    Without ``secrets`` it cannot keep jobs that bring credentials, nor read theirs. PostgreSQL gets up to twice ``pool_size``
    connections. Raises `InvalidAddressError`.
    """
    return Database(Transactions(url, pool_size=pool_size), JobSecrets(secrets))


def migrate(url: str) -> None:
    """Brings the database to the present schema, see `jobs_store.migration`; returns at once if it is there."""
    from jobs_store.migration import migrate as apply  # Alembic takes half a second, which workers need not wait for

    apply(url)
