"""Which coordinator carries which job, and how many jobs there may be: the dispatcher's decisions. No clock, no I/O, no Ray."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from jobs_store.jobs import Lease

_SHARE_UNDER_WAY = 1 / 4
"""Of the room for jobs: so many keep the processors busy until the next group is there."""


class Assignments:
    """Jobs by the number of their coordinator. Keeps no truth: what is lost here comes back by the jobs' leases."""

    def __init__(self, *, coordinators: int, most_jobs: int, jobs_per_coordinator: int) -> None:
        self._coordinators, self._most_jobs, self._jobs_per_coordinator = coordinators, most_jobs, jobs_per_coordinator
        self._running: dict[str, int] = {}
        self._away: set[int] = set()
        """Coordinators that died and do not answer yet: they get no jobs."""
        self._cancelled: set[str] = set()
        """Jobs not known here: one of them may be being claimed at this moment."""

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def room(self) -> int:
        """How many more jobs may be under way."""
        return max(0, self._most() - len(self._running))

    @property
    def is_busy(self) -> bool:
        """Whether a claim may wait, so that what follows from it is for a group of jobs at once."""
        return len(self._running) > _SHARE_UNDER_WAY * self._most()

    def _most(self) -> int:
        present = self._coordinators - len(self._away)
        return min(self._most_jobs, present * self._jobs_per_coordinator)

    def claiming(self) -> None:
        """Jobs are about to be claimed: of those that are cancelled from here on some may be among them."""
        self._cancelled.clear()

    def assign(self, leases: Sequence[Lease]) -> Mapping[int, list[Lease]]:
        """Each to the coordinator that carries the fewest, of those that are there; of all, where none is."""
        shares: defaultdict[int, list[Lease]] = defaultdict(list)
        load = Counter(self._running.values())
        everyone = range(self._coordinators)
        able = [number for number in everyone if number not in self._away] or everyone
        for lease in leases:
            number = min(able, key=lambda number: load[number])
            load[number] += 1
            self._running[lease.job_id] = number
            shares[number].append(lease)
        return shares

    def cancelled_meanwhile(self) -> set[str]:
        """Jobs that were cancelled while they were being claimed: their coordinators are to be told."""
        return self._cancelled & self._running.keys()

    def cancel(self, job_id: str) -> int | None:
        """The coordinator to be told; None where there is none, or none yet."""
        number = self._running.get(job_id)
        if number is None:
            self._cancelled.add(job_id)
        return number

    def ended(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            self._running.pop(job_id, None)

    def lost(self, number: int) -> bool:
        """A coordinator does not answer. False where that is known."""
        if number in self._away:
            return False
        self._away.add(number)
        return True

    def is_back(self, number: int) -> None:
        self._away.discard(number)
