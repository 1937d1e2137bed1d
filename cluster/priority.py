"""Which processes of the service go first where there are more of them than CPUs."""

import os
from pathlib import Path

_WORKING = 15
_THREADS = Path("/proc/self/task")


def give_way() -> None:
    """For processes that work through what has been taken in: whoever waits for an answer of the edge goes first.

    Nothing is lost by that: what the edge takes in meanwhile is worked through in larger groups. Not for what writes the
    database, since others wait for its turn. Idempotent, and cheap enough for every task. Threads have a niceness of their own,
    and new ones inherit that of whoever starts them.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) >= _WORKING or not _THREADS.exists():
        return
    for thread in _THREADS.iterdir():
        try:
            os.setpriority(os.PRIO_PROCESS, int(thread.name), _WORKING)
        except ProcessLookupError:
            continue  # it has just ended
