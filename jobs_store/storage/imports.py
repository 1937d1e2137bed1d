"""Reports that lie in somebody else's bucket or folder: read, never written, and only below prefixes that are allowed."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit
from urllib.request import url2pathname

from jobs_store.errors import InvalidAddressError, ObjectNotFoundError
from jobs_store.storage.files import file_errors
from jobs_store.storage.s3_client import s3_client
from jobs_store.storage.s3_errors import s3_errors

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ImportObject:
    """``name`` is what comes after the prefix."""

    name: str
    size_bytes: int


class ImportSource(Protocol):
    """Synchronous and thread-safe. Raises `StorageUnavailableError`, `ObjectNotFoundError`."""

    def list(self, after: str = "") -> Iterator[ImportObject]:
        """In order of names, those after ``after``."""

    def size(self) -> int:
        """Of the object that the address itself names."""

    def iterate(self, name: str = "") -> Iterator[bytes]:
        """An object in chunks of at most a MiB; with no name the one that the address itself names."""


def open_import(address: str, allowed: Sequence[str], *, tenant: str, own: str) -> ImportSource:
    """``s3://bucket/prefix`` or ``file:///folder``, equal to or below one of ``allowed``, as BULK_ALLOWED_PREFIXES lists them.

    An allowed prefix ends where a segment ends, and says in its query how its bucket is reached (``endpoint``, ``region``).
    ``{tenant}`` in it stands for the tenant. ``own`` is the service's own storage, of which nothing is read, whatever is
    allowed: everybody's reports are there. Raises `InvalidAddressError`. Connects at its first use.
    """
    wanted = _segments(address)
    if _meets(wanted, own):
        raise InvalidAddressError(address[:200], "is, holds or is within the service's own storage")
    for entry in allowed:
        prefix, _, query = entry.partition("?")
        limit = _segments(prefix.replace("{tenant}", tenant))
        if wanted[: len(limit)] == limit:
            options = {name: values[-1] for name, values in parse_qs(query).items()}
            if wanted[0] == "s3":
                return _BucketImport(wanted[1], "/".join(wanted[2:]), options.get("endpoint"), options.get("region"))
            return _FolderImport(Path("/", *limit[2:]), Path("/", *wanted[2:]))
    raise InvalidAddressError(address[:200], "not below a prefix in BULK_ALLOWED_PREFIXES")


def _meets(wanted: list[str], own: str) -> bool:
    """Whether one is the other, or above it. Of buckets by their names alone: one may have several endpoints."""
    ours = urlsplit(own)
    if ours.scheme != wanted[0]:
        return False
    if ours.scheme == "s3":
        segments = ["s3", ours.netloc, *filter(None, ours.path.split("/"))]
        common = min(len(segments), len(wanted))
        return segments[:common] == wanted[:common]
    folder, place = Path(url2pathname(ours.path)).resolve(), Path("/", *wanted[2:]).resolve()
    return place.is_relative_to(folder) or folder.is_relative_to(place)


def _segments(address: str) -> list[str]:
    """Scheme, bucket (empty for a folder) and the path's segments. A path that could mean another one is refused."""
    scheme, separator, rest = address.partition("://")
    bucket, *path = rest.split("/")
    if path and path[-1] == "":
        path.pop()
    if not separator or scheme not in ("s3", "file") or (scheme == "s3") != bool(bucket) or (scheme == "file" and not path):
        raise InvalidAddressError(address[:200], "give s3://bucket/prefix or file:///folder")
    if len(address) > 2048 or any(segment in ("", ".", "..") or not segment.isprintable() for segment in path):
        raise InvalidAddressError(address[:200], "has empty, relative or unprintable segments")
    return [scheme, bucket, *path]


class _BucketImport:
    def __init__(self, bucket: str, key: str, endpoint: str | None, region: str | None) -> None:
        self._bucket, self._key = bucket, key
        self._client: Any = s3_client(endpoint, region)

    def list(self, after: str = "") -> Iterator[ImportObject]:
        folder = f"{self._key}/" if self._key else ""
        start = {"StartAfter": folder + after} if after else {}
        with s3_errors(self._key):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=folder, **start)
            for page in pages:
                for entry in page.get("Contents", ()):
                    if not entry["Key"].endswith("/"):  # what a console makes for an empty folder
                        yield ImportObject(entry["Key"].removeprefix(folder), entry["Size"])

    def size(self) -> int:
        with s3_errors(self._key):
            length: int = self._client.head_object(Bucket=self._bucket, Key=self._key)["ContentLength"]
            return length

    def iterate(self, name: str = "") -> Iterator[bytes]:
        key = "/".join(filter(None, (self._key, name)))
        with s3_errors(key), closing(self._client.get_object(Bucket=self._bucket, Key=key)["Body"]) as body:
            yield from body.iter_chunks(_CHUNK_BYTES)


class _FolderImport:
    """Links are not followed out of ``limit``, and not at all when listing."""

    def __init__(self, limit: Path, place: Path) -> None:
        self._limit, self._place = limit, place

    def list(self, after: str = "") -> Iterator[ImportObject]:
        with file_errors(self._place.name):
            names = []
            for folder, _, files in os.walk(self._inside("")):
                names += [Path(folder, name).relative_to(self._place.resolve()).as_posix() for name in files]
            for name in sorted(name for name in names if name > after):
                path = self._place / name
                if not path.is_symlink() and path.is_file():
                    yield ImportObject(name, path.stat().st_size)

    def size(self) -> int:
        with file_errors(self._place.name):
            return self._inside("").stat().st_size

    def iterate(self, name: str = "") -> Iterator[bytes]:
        with file_errors(self._place.name), self._inside(name).open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    def _inside(self, name: str) -> Path:
        path = (self._place / name).resolve()
        if not path.is_relative_to(self._limit.resolve()):
            raise ObjectNotFoundError(name or self._place.name)
        return path
