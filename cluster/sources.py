"""Documents in object storage, of which a task reads what its shard needs."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.report import StoredShard
from jobs_store.storage import ObjectStorage
from scanner.readers.scratch import Scratch, scratch_folder


class StoredDocument:
    """A `scanner.shapes.shape.Source`."""

    def __init__(self, stored: StoredShard, storage: ObjectStorage, scratch: Scratch) -> None:
        self.name = stored.name
        self._key, self._storage, self._scratch = stored.key, storage, scratch

    def read(self, start: int, stop: int) -> bytes:
        return self._storage.get(self._key, start, stop)

    def window(self, start: int, stop: int) -> memoryview | None:
        local = self._storage.local_path(self._key)
        if local is None:
            return None
        before = start % mmap.ALLOCATIONGRANULARITY
        try:
            with local.open("rb") as file:
                pages = mmap.mmap(file.fileno(), stop - start + before, access=mmap.ACCESS_COPY, offset=start - before)
        except (OSError, ValueError):  # it is gone, or shorter than that: `read` says so
            return None
        return memoryview(pages)[before:]

    def path(self) -> Path:
        local = self._storage.local_path(self._key)
        if local is None:
            local = self._scratch() / "report"
            self._storage.download(self._key, local)
        return local


@contextmanager
def stored_document(stored: StoredShard, storage: ObjectStorage) -> Iterator[StoredDocument]:
    with scratch_folder() as scratch:
        yield StoredDocument(stored, storage, scratch)
