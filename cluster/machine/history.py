"""What a machine was told, for whoever has to find out how it came to where it is."""

from collections import deque

from cluster.machine.commands import Command
from cluster.machine.events import Event

_REMEMBERED = 100


class History:
    """The last hundred things that were told, each as a line: nothing of what events carry is kept alive."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_REMEMBERED)
        self._told = 0

    def note(self, event: Event, of: Command | None = None) -> None:
        self._told += 1
        cause = "from outside" if of is None else _brief(of)
        self._lines.append(f"{self._told}. {cause}: {_brief(event)}")

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self._lines)


def _brief(told: Command | Event) -> str:
    number = getattr(told, "number", None)
    return type(told).__name__ if number is None else f"{type(told).__name__} {number}"
