"""Which batches an importer is sending, and which of them are to end: its decisions. No clock, no I/O, no Ray."""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

from cluster.batches import BatchToImport
from scanner.model import ImportType
from scanner.phoenix.sending import Sending

Work = TypeVar("Work", bound=Hashable)
"""Whatever sends a batch: a task that can be cancelled."""

_REMEMBERED = 1000


class Sendings(Generic[Work]):
    """Batches under way by what sends them."""

    def __init__(self) -> None:
        self._under_way: dict[Work, tuple[BatchToImport, Sending]] = {}
        self._wound_down: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        """Jobs with their leases: Ray keeps no order among calls, so batches of theirs may still come."""

    def begin(self, order: BatchToImport) -> Sending:
        """For a batch that is about to be sent: it ends before it leaves where its job was wound down."""
        return Sending(is_ending=(order.job_id, order.lease_token) in self._wound_down)

    def under_way(self, work: Work, order: BatchToImport, sending: Sending) -> None:
        self._under_way[work] = order, sending

    def ended(self, work: Work) -> None:
        self._under_way.pop(work, None)

    def of(self, job_id: str, lease_token: str | None = None) -> list[Work]:
        """All that a job has here; with a token, under that lease."""
        return [
            work
            for work, (order, _) in self._under_way.items()
            if order.job_id == job_id and lease_token in (None, order.lease_token)
        ]

    def wind_down(self, job_id: str, lease_token: str) -> list[Work]:
        """Nothing more of the job is sent under that lease. Gives back what Phoenix has nothing of, to be cancelled.

        What is under way goes on until it is known what has become of it.
        """
        self._wound_down.append((job_id, lease_token))
        left = []
        for work in self.of(job_id, lease_token):
            sending = self._under_way[work][1]
            sending.is_ending = True
            if not sending.is_under_way:
                left.append(work)
        return left


def may_overtake(order: BatchToImport) -> bool:
    """Whether an earlier sending of the batch could still be importing, and finish after a batch that needs this one.

    It would close what that one brought; only time helps. A delta closes nothing.
    """
    return order.sent_before and order.awaited and order.batch.import_type != ImportType.DELTA
