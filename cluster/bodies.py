"""Request bodies in object storage, packed."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import zstandard

from jobs_store.storage import ObjectStorage, layout

_COMPRESSION = zstandard.ZstdCompressionParameters.from_level(1, window_log=25, hash_log=17)
"""The quickest level with a window as large as a body: advisories come again after megabytes. Bodies shrink to a twentieth at
1 GB/s; more is not worth the time."""
_AT_ONCE = 8
"""Objects on their way: each waits for a disk or a network most of the time."""
_BYTES_AT_ONCE = 16_000_000


def load_body(storage: ObjectStorage, key: str) -> bytes:
    """A stored request body, unpacked."""
    return zstandard.ZstdDecompressor().decompress(storage.get(key))


class BodyWriter:
    """Stores a job's bodies, several at once. Enter it as a context: all of them are durable when that is left.

    Memory: packed bodies of 16 MB, or a single one that is larger. Raises what the storage raises, of an earlier body too.
    """

    def __init__(self, job_id: str, storage: ObjectStorage) -> None:
        self._job_id, self._storage = job_id, storage
        self._packer = zstandard.ZstdCompressor(compression_params=_COMPRESSION)
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="store-body")
        self._leaving: deque[tuple[Future[None], int]] = deque()
        self._bytes = 0

    def store(self, number: int, body: bytes) -> None:
        packed = self._packer.compress(body)
        while self._leaving and (len(self._leaving) == _AT_ONCE or self._bytes + len(packed) > _BYTES_AT_ONCE):
            self._await_oldest()
        key = layout.body(self._job_id, number)
        self._leaving.append((self._threads.submit(self._storage.put, key, packed), len(packed)))
        self._bytes += len(packed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failure: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            while self._leaving and failure is None:
                self._await_oldest()
        finally:
            self._threads.shutdown(cancel_futures=True)

    def _await_oldest(self) -> None:
        future, size = self._leaving.popleft()
        self._bytes -= size
        future.result()
