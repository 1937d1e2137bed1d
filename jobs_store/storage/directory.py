"""Objects as files below one folder, for a single machine or a shared file system."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from jobs_store.errors import ObjectNotFoundError, StorageUnavailableError
from jobs_store.storage.directory_parts import DirectoryParts
from jobs_store.storage.files import FileWriter, file_errors, make_folders
from jobs_store.storage.keys import valid_folder, valid_key, valid_prefix

_COPY_BYTES = 1 << 20


class DirectoryStorage(DirectoryParts):
    """Files have mode 0600, folders 0700. What an interrupted writer left has a name with a leading dot and is never listed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def writer(self, key: str) -> FileWriter:
        return FileWriter(self._path(key), self._root)

    def put(self, key: str, data: bytes) -> None:
        with self.writer(key) as writer:
            writer.write(data)
            writer.commit()

    def get(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        with file_errors(key), self._path(key).open("rb") as file:
            file.seek(start)
            return file.read() if stop is None else file.read(max(stop - start, 0))

    def iterate(self, key: str, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
        with file_errors(key), self._path(key).open("rb") as file:
            while chunk := file.read(chunk_bytes):
                yield chunk

    def size(self, key: str) -> int:
        with file_errors(key):
            return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        with file_errors(key):
            self._path(key).unlink(missing_ok=True)

    def delete_prefix(self, prefix: str) -> None:
        folder = self._root / valid_folder(prefix)
        with file_errors(prefix):
            while folder.is_dir():
                with suppress(FileNotFoundError):  # somebody else deletes there too
                    shutil.rmtree(folder)

    def list(self, prefix: str = "") -> Iterator[str]:
        for path in self._files(prefix):
            if not path.name.startswith("."):
                yield path.relative_to(self._root).as_posix()

    def remove_unfinished(self, before: datetime) -> int:
        removed = 0
        for path in self._files(""):
            if path.name.startswith("."):
                with suppress(ObjectNotFoundError), file_errors(path.name):
                    if path.stat().st_mtime < before.timestamp():
                        path.unlink()
                        removed += 1
        return removed

    def ping(self) -> None:
        try:
            with file_errors("."):
                make_folders(self._root, self._root)
                probe = self._root / f".ping-{secrets.token_hex(8)}"
                probe.write_bytes(b"")
                probe.unlink()
        except ObjectNotFoundError as error:
            raise StorageUnavailableError(f"the folder {self._root} cannot be made") from error

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        with file_errors(key):
            path.stat()
        return path

    def download(self, key: str, path: Path) -> None:
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            with file_errors(key), self._path(key).open("rb") as source, part.open("wb") as target:
                shutil.copyfileobj(source, target, _COPY_BYTES)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _files(self, prefix: str) -> Iterator[Path]:
        """But for those of parts, which are in hidden folders."""
        with file_errors(prefix):
            for folder, folders, names in os.walk(self._root / valid_prefix(prefix)):
                folders[:] = [name for name in folders if not name.startswith(".")]
                yield from (Path(folder, name) for name in names)

    def _path(self, key: str) -> Path:
        return self._root / valid_key(key)
