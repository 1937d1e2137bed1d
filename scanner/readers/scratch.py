"""Temporary folders, of which nothing stays behind: not of a process that was killed either."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path

_PREFIX = "phoenix-scan-"

Scratch = Callable[[], Path]
"""The folder, which is made when it is first asked for."""


@contextmanager
def scratch_folder() -> Iterator[Scratch]:
    """A temporary folder, made when it is asked for: few reports need one, and it takes longer than translating a short one.

    With it go those of processes that were killed. Its lock says that its process lives.
    """
    with ExitStack() as stack:
        yield cache(lambda: stack.enter_context(_folder()))


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix=f"new-{_PREFIX}"))
    _sweep(made.parent)
    lock = os.open(made, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = made.rename(made.with_name(made.name.removeprefix("new-")))  # not before it is locked: others sweep
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _sweep(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # in use, gone meanwhile, or another user's
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
            finally:
                os.close(lock)
