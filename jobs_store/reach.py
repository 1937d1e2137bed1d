"""Whose rows a caller gets to see: the first argument of every query that is made for somebody outside."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, true


@dataclass(frozen=True, slots=True)
class Reach:
    """All rows of one tenant; only what ``submitter`` has brought, where that is given. ``tenant`` None: everybody's."""

    tenant: str | None
    submitter: str | None = None

    def over(self, table: Table) -> ColumnElement[bool]:
        """The condition on a table with the columns ``tenant`` and ``submitted_by``."""
        condition: ColumnElement[Any] = true()
        if self.tenant is not None:
            condition = table.c.tenant == self.tenant
        if self.submitter is not None:
            condition = condition & (table.c.submitted_by == self.submitter)
        return condition


EVERYWHERE = Reach(None)
"""For the service's own work, and for who operates it."""
