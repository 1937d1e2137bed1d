"""Memory that a process keeps for its next task, or gives back at once."""

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MOST_ARENAS = -1, -3, -8
"""Parameters of ``mallopt`` in glibc's ``malloc.h``."""
_KEPT_BYTES = 128 << 20
_LARGEST_BYTES = 32 << 20
"""glibc takes no more. Read ranges, blocks and bodies are smaller."""


@cache
def keep_freed_memory() -> None:
    """From now on up to 128 MB that are freed stay with the process, whose peak they do not raise.

    Else every task gets its pages anew from the system, which takes longer than writing to them: 3.8 µs each on a virtual
    machine, a fifth of the processor time in which a shard is translated. Does nothing where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGEST_BYTES)


_SMALL_BYTES = 256 << 10


@cache
def give_back_freed_memory() -> None:
    """From now on what is freed goes back to the system, that of large objects as soon as they are.

    For processes that live long and hold large bodies now and then. glibc raises its threshold for mapped blocks to the largest
    that was ever freed, after which bodies lie in the heap, one per thread, where a small object above them keeps them all.
    Does nothing where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _SMALL_BYTES)
        mallopt(_TRIM_THRESHOLD, _SMALL_BYTES)
        mallopt(_MOST_ARENAS, 2)
