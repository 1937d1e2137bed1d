"""Objects as files below one folder, for a single machine or a shared file system."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from jobs_store.errors import ObjectNotFoundError, StorageUnavailableError
from jobs_store.storage.keys import valid_folder, valid_key, valid_prefix

_COPY_BYTES = 1 << 20


class DirectoryStorage:
    """Files have mode 0600, folders 0700. What an interrupted writer left has a name with a leading dot and is never listed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def writer(self, key: str) -> "FileWriter":
        return FileWriter(self._path(key), self._root)

    def put(self, key: str, data: bytes) -> None:
        with self.writer(key) as writer:
            writer.write(data)
            writer.commit()

    def get(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        with _errors(key), self._path(key).open("rb") as file:
            file.seek(start)
            return file.read() if stop is None else file.read(max(stop - start, 0))

    def iterate(self, key: str, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
        with _errors(key), self._path(key).open("rb") as file:
            while chunk := file.read(chunk_bytes):
                yield chunk

    def size(self, key: str) -> int:
        with _errors(key):
            return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        with _errors(key):
            self._path(key).unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> None:
        folder = self._root / valid_folder(prefix)
        with _errors(prefix):
            while folder.is_dir():
                with suppress(FileNotFoundError):  # somebody else deletes there too
                    shutil.rmtree(folder)

    def list(self, prefix: str = "") -> Iterator[str]:
        with _errors(prefix):
            for folder, folders, names in os.walk(self._root / valid_prefix(prefix)):
                folders[:] = [name for name in folders if not name.startswith(".")]
                for name in names:
                    if not name.startswith("."):
                        yield Path(folder, name).relative_to(self._root).as_posix()

    def ping(self) -> None:
        with _errors("."):
            _make_folders(self._root, self._root)
            probe = self._root / f".ping-{secrets.token_hex(8)}"
            probe.write_bytes(b"")
            probe.unlink()

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        with _errors(key):
            path.stat()
        return path

    def download(self, key: str, path: Path) -> None:
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with _errors(key), self._path(key).open("rb") as source, part.open("wb") as target:
                shutil.copyfileobj(source, target, _COPY_BYTES)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def presign(self, key: str, expires: timedelta) -> str | None:
        return None

    def _path(self, key: str) -> Path:
        return self._root / valid_key(key)


class FileWriter:
    """Writes beside the place and moves the file there, so that a reader sees the old object or the new one."""

    def __init__(self, path: Path, root: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
        with _errors(path.name):
            _make_folders(path.parent, root)
            self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        with _errors(self._path.name):
            try:
                self._file.close()
            finally:
                self._part.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        with _errors(self._path.name):
            self._file.write(data)

    def commit(self) -> None:
        with _errors(self._path.name):
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
            _sync_folder(self._path.parent)


def _make_folders(folder: Path, root: Path) -> None:
    """``Path.mkdir(parents=True)`` would give the folders between other rights than the last, and sync none."""
    if folder.is_dir():
        return
    if folder == root:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return
    _make_folders(folder.parent, root)
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
def _errors(key: str) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise ObjectNotFoundError(key) from error
    except OSError as error:
        raise StorageUnavailableError(error.strerror or type(error).__name__) from error
