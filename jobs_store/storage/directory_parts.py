"""Parts as files in a hidden folder beside the object that they will be."""

import os
import re
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from jobs_store.errors import ObjectNotFoundError
from jobs_store.storage.files import FileWriter, file_errors, make_folders
from jobs_store.storage.keys import valid_key
from jobs_store.storage.parts import StoredPart

_PARTS_ID = re.compile(r"[0-9a-f]{16}")
_COPY_BYTES = 1 << 30  # for one call to the kernel, which holds none of it


class DirectoryParts:
    """The multipart half of `DirectoryStorage`. Completing copies within the file system, which holds both for a moment."""

    _root: Path

    def begin_parts(self, key: str) -> str:
        parts_id = secrets.token_hex(8)
        with file_errors(key):
            make_folders(self._parts_folder(key, parts_id), self._root)
        return parts_id

    def part_writer(self, key: str, parts_id: str, number: int) -> FileWriter:
        folder = self._present(key, parts_id)
        return FileWriter(folder / f"{number:05}", folder)

    def presign_part(self, key: str, parts_id: str, number: int, size_bytes: int, expires: timedelta) -> str | None:
        return None

    def parts(self, key: str, parts_id: str) -> list[StoredPart]:
        folder = self._present(key, parts_id)
        with file_errors(key), os.scandir(folder) as entries:
            files = sorted((entry.name, entry.stat().st_size) for entry in entries if entry.name.isdecimal())
        return [StoredPart(int(name), size_bytes) for name, size_bytes in files]

    def complete_parts(self, key: str, parts_id: str, parts: Sequence[StoredPart]) -> None:
        folder = self._present(key, parts_id)
        with FileWriter(self._root / key, self._root) as writer:
            for part in parts:
                with file_errors(key):
                    writer.append_file(folder / f"{part.number:05}", _COPY_BYTES)
            writer.commit()
        self.abort_parts(key, parts_id)

    def abort_parts(self, key: str, parts_id: str) -> None:
        folder = self._parts_folder(key, parts_id)
        with file_errors(key):
            while folder.is_dir():
                with suppress(FileNotFoundError):  # somebody else removes it too
                    shutil.rmtree(folder)

    def _present(self, key: str, parts_id: str) -> Path:
        folder = self._parts_folder(key, parts_id)
        if not folder.is_dir():
            raise ObjectNotFoundError(key)
        return folder

    def _parts_folder(self, key: str, parts_id: str) -> Path:
        path = self._root / valid_key(key)
        if not _PARTS_ID.fullmatch(parts_id):
            raise ObjectNotFoundError(key)
        return path.with_name(f".{path.name[:100]}.parts-{parts_id}")
