"""The audit log: what crosses the border of the store; what reads and writes it hangs on `database.Database`."""

from jobs_store.audit.chain import Chain, Flaw
from jobs_store.audit.records import AuditEntry, ChainEnd, NewAuditEntry

__all__ = ["AuditEntry", "Chain", "ChainEnd", "Flaw", "NewAuditEntry"]
