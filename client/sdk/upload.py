"""A report on its way to the service: read in pieces, counted, and read again when the upload is tried again."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import IO, BinaryIO, cast

import msgspec

OnProgress = Callable[[int, int | None], None]
"""Called with the bytes sent so far and their total, where that is known; the count starts again at a new attempt."""


class CountedReader(io.RawIOBase):
    """Tells ``on_progress`` what was read. Hides the descriptor, whose size is 0 for a pipe."""

    def __init__(self, stream: BinaryIO, on_progress: OnProgress) -> None:
        super().__init__()
        self._stream, self._on_progress = stream, on_progress
        self.total = _size(stream)
        self._sent = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # typeshed's WriteableBuffer is not importable
        chunk = self._stream.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._sent += len(chunk)
        if chunk:
            self._on_progress(self._sent, self.total)
        return len(chunk)

    def seekable(self) -> bool:
        return self.total is not None

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if not self.seekable():
            raise io.UnsupportedOperation("seek")
        position = self._stream.seek(offset, whence)
        self._sent = position
        return position

    def tell(self) -> int:
        if not self.seekable():
            raise io.UnsupportedOperation("tell")
        return self._stream.tell()


class Upload(msgspec.Struct, frozen=True):
    """An open report with the name that the service shall know it by."""

    reader: CountedReader
    filename: str

    @property
    def repeatable(self) -> bool:
        """Whether the report can be read a second time."""
        return self.reader.seekable()

    def part(self) -> tuple[str, IO[bytes], str]:
        """The file's part of the form, as httpx takes it."""
        return self.filename, cast(IO[bytes], self.reader), "application/octet-stream"


@contextmanager
def open_upload(source: str | PurePath | BinaryIO, *, filename: str | None, on_progress: OnProgress | None) -> Iterator[Upload]:
    """A path is opened and closed here; a stream stays the caller's, and is sent from its start if it can seek."""
    on_progress = on_progress or _ignore
    if isinstance(source, (str, PurePath)):
        with Path(source).open("rb") as stream:
            yield Upload(CountedReader(stream, on_progress), filename or PurePath(source).name)
    else:
        yield Upload(CountedReader(source, on_progress), filename or PurePath(str(getattr(source, "name", "report"))).name)


def _size(stream: BinaryIO) -> int | None:
    """None when the stream cannot seek: its length is not known, and it can be sent only once."""
    if not stream.seekable():
        return None
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size


def _ignore(sent: int, total: int | None) -> None:
    return None
