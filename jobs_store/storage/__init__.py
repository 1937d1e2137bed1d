"""Object storage: bytes under keys, in a directory or in S3.

Everything here is synchronous (call it in a thread) and thread-safe, and holds a bounded part of an object in memory. What
cannot be reached raises `StorageUnavailableError`, a key that is none `InvalidKeyError`.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, urlsplit
from urllib.request import url2pathname

from jobs_store.errors import InvalidAddressError
from jobs_store.storage.directory import DirectoryStorage
from jobs_store.storage.parts import ObjectWriter, PartStorage, StoredPart

__all__ = ["ObjectStorage", "ObjectWriter", "StoredPart", "open_storage", "require_storage_address"]


class ObjectStorage(PartStorage, Protocol):
    def writer(self, key: str) -> ObjectWriter: ...

    def put(self, key: str, data: bytes) -> None:
        """A whole object, replacing what was there."""

    def get(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        """The bytes from ``start`` up to ``stop``, fewer where the object ends before. Raises `ObjectNotFoundError`."""

    def iterate(self, key: str, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
        """The object in chunks of at most that size. Raises `ObjectNotFoundError` at the first."""

    def size(self, key: str) -> int:
        """In bytes. Raises `ObjectNotFoundError`."""

    def delete(self, key: str) -> None:
        """Idempotent."""

    def delete_prefix(self, prefix: str) -> None:
        """Everything in the folder ``prefix`` ("jobs/job-1" leaves "jobs/job-10" alone), never the whole. Idempotent."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """The keys in the folder ``prefix`` and below, in no order; everything for ""."""

    def remove_unfinished(self, before: datetime) -> int:
        """What writers whose process died left of objects, where nobody has written since ``before``; gives back of how many.

        Looks at everything that is kept. S3 does it by the bucket's own rule, which `docs/deployment.md` names.
        """

    def ping(self) -> None:
        """Raises `StorageUnavailableError` where nothing could be stored."""

    def local_path(self, key: str) -> Path | None:
        """Where the object can be mapped without a copy; None where it is not a file. Raises `ObjectNotFoundError`."""

    def download(self, key: str, path: Path) -> None:
        """Into a file, which appears whole. Raises `ObjectNotFoundError`."""


def open_storage(url: str) -> ObjectStorage:
    """From ``STORAGE_URL``: ``file:///folder`` or ``s3://bucket/prefix?endpoint=https://…&region=…&public_endpoint=https://…``.

    Connects at its first use. Credentials, and what the query does not say, come from the AWS environment.
    Raises `InvalidAddressError`.
    """
    require_storage_address(url)
    parts = urlsplit(url)
    if parts.scheme == "file":
        return DirectoryStorage(Path(url2pathname(parts.path)))
    from jobs_store.storage.s3 import S3Storage  # boto3 costs each process a quarter of a second and 20 MB

    query = _options(parts)
    return S3Storage(
        parts.netloc,
        parts.path,
        endpoint=query.get("endpoint"),
        region=query.get("region"),
        public_endpoint=query.get("public_endpoint"),
    )


def require_storage_address(url: str) -> None:
    """Opens nothing. Raises `InvalidAddressError`."""
    try:
        parts = urlsplit(url)
        is_folder = parts.scheme == "file" and parts.netloc in ("", "localhost") and len(parts.path) > 1
        is_bucket = parts.scheme == "s3" and bool(parts.hostname)
    except ValueError as error:
        raise InvalidAddressError("STORAGE_URL", str(error)) from error
    if not (is_folder or is_bucket):
        raise InvalidAddressError("STORAGE_URL", "give file:///folder or s3://bucket/prefix")
    if is_bucket and (unknown := _options(parts).keys() - {"endpoint", "region", "public_endpoint"}):
        raise InvalidAddressError("STORAGE_URL", f"unknown options: {', '.join(sorted(unknown))}")


def _options(parts: SplitResult) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(parts.query).items()}
