"""How many entries refused authentications may make: whoever tries a thousand keys must not fill the audit log with them."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

_EVERY = timedelta(minutes=1)
_MOST_ENTRIES = 60
"""Of a replica, in that time."""
_MOST_ADDRESSES = 10_000


@dataclass(slots=True)
class _Tried:
    told_at: datetime | None = None
    untold: int = 0


class Refusals:
    """Counts by address: the first is told at once, those of the following minute with the first one after it."""

    def __init__(self) -> None:
        self._tried: OrderedDict[str, _Tried] = OrderedDict()
        self._told: deque[datetime] = deque()

    def to_tell(self, address: str, now: datetime) -> int:
        """How many attempts of that address are to be told with this one; 0 where it is not time yet."""
        tried = self._tried.setdefault(address, _Tried())
        self._tried.move_to_end(address)
        if len(self._tried) > _MOST_ADDRESSES:
            self._tried.popitem(last=False)
        tried.untold += 1
        while self._told and self._told[0] <= now - _EVERY:
            self._told.popleft()
        if len(self._told) >= _MOST_ENTRIES or (tried.told_at and tried.told_at > now - _EVERY):
            return 0
        self._told.append(now)
        number, tried.told_at, tried.untold = tried.untold, now, 0
        return number
