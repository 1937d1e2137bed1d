"""How often what a tenant has has changed: what was read at a version is good for as long as the version is."""

from sqlalchemy import func, select, true

from jobs_store.engine import Transactions
from jobs_store.tables import tenant_versions as table


class Versions:
    """Triggers count, in the transaction of the change, whoever makes it: another replica, a worker, a command."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def of(self, tenant: str | None) -> int:
        """Of a tenant's jobs and bulks, of everybody's where it is None. One short statement.

        It only grows. What is read after it is at least as new as it says.
        """
        whose = true() if tenant is None else table.c.tenant == tenant
        statement = select(func.coalesce(func.sum(table.c.version), 0)).where(whose)
        async with self._transactions.read() as connection:
            return int((await connection.execute(statement)).scalar_one())
