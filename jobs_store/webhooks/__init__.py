"""Deliveries of webhooks: what crosses the border of the store; what reads and writes them hangs on `database.Database`."""

from jobs_store.webhooks.records import Attempt, Delivery, TrackedDelivery

__all__ = ["Attempt", "Delivery", "TrackedDelivery"]
