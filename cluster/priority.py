"""Which processes of the service go first where there are more of them than CPUs: whoever waits for the edge's answer."""

import os
from enum import IntEnum
from pathlib import Path

_THREADS = Path("/proc/self/task")


class Niceness(IntEnum):
    """As the system counts it. What the edge takes in meanwhile is worked through in larger groups, which cost less."""

    CARRYING = 5
    """Between the two, since the edge waits for whoever writes the database."""
    WORKING = 15


def give_way(niceness: Niceness) -> None:
    """Idempotent, never takes back, and cheap enough for every task. Threads to come inherit it from those that start them."""
    if os.getpriority(os.PRIO_PROCESS, 0) >= niceness or not _THREADS.exists():
        return
    for thread in _THREADS.iterdir():  # each has its own
        try:
            os.setpriority(os.PRIO_PROCESS, int(thread.name), niceness)
        except ProcessLookupError:
            continue  # it has just ended
