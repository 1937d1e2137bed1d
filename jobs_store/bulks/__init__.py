"""Bulks: what crosses the border of the store; what reads and writes them hangs on `database.Database`."""

from jobs_store.bulks.records import Bulk, BulkCounts, BulkState, CountedChange, CountKind, NewBulk, NewMember, SkippedMember

__all__ = ["Bulk", "BulkCounts", "BulkState", "CountKind", "CountedChange", "NewBulk", "NewMember", "SkippedMember"]
