"""Files that appear whole: written beside their place, synced, and moved there."""

import os
import secrets
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from jobs_store.errors import ObjectNotFoundError, StorageUnavailableError

_SYNC_BYTES = 8 << 20
"""Written before the next sync, or more while one is under way: at the end, when somebody waits, little is left to do."""


class FileWriter:
    """Writes beside the place and moves the file there, so that a reader sees the old object or the new one."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
        with file_errors(path.name):
            make_folders(path.parent, root)
            self._unsynced = 0
            self._syncer = ThreadPoolExecutor(1, "sync-file")  # without a thread before its first use
            self._syncing: Future[None] | None = None
            self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        with file_errors(self._path.name):
            try:
                self._syncer.shutdown()
                self._file.close()
            finally:
                self._part.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        with file_errors(self._path.name):
            self._file.write(data)
            self._unsynced += len(data)
            if self._unsynced >= _SYNC_BYTES and (self._syncing is None or self._syncing.done()):
                self._flush()
                self._syncing = self._syncer.submit(os.fsync, self._file.fileno())

    def append_file(self, source: Path, chunk_bytes: int) -> None:
        """The whole of another file, copied by the kernel, which shares the blocks where the file system can."""
        with file_errors(self._path.name), source.open("rb") as part:
            self._file.flush()
            while os.copy_file_range(part.fileno(), self._file.fileno(), chunk_bytes):
                pass

    def commit(self) -> None:
        with file_errors(self._path.name):
            self._flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
            _sync_folder(self._path.parent)

    def _flush(self) -> None:
        """All is with the system, and what was to be synced is; raises what that raised."""
        self._file.flush()
        self._unsynced = 0
        if self._syncing is not None:
            self._syncing.result()


def make_folders(folder: Path, root: Path) -> None:
    """``Path.mkdir(parents=True)`` would give the folders between other rights than the last, and sync none."""
    if folder.is_dir():
        return
    if folder == root:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    make_folders(folder.parent, root)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """Without it a file's new name may be lost in a power cut, though its bytes are not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def file_errors(key: str) -> Iterator[None]:
    """Turns what the system says about the file of ``key`` into the store's errors."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ObjectNotFoundError(key) from error
    except OSError as error:
        raise StorageUnavailableError(error.strerror or type(error).__name__) from error
