"""S3's own multipart uploads, in the hands of clients."""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from jobs_store.errors import ObjectNotFoundError
from jobs_store.storage.keys import valid_key
from jobs_store.storage.parts import StoredPart
from jobs_store.storage.s3_errors import s3_errors

_IN_MEMORY_BYTES = 1 << 20


class S3Parts:
    """The multipart half of `S3Storage`. S3 takes 10,000 parts, each but the last of at least 5 MiB."""

    _client: Any
    _signer: Any
    """None where clients could not reach what its URLs name."""
    _bucket: str
    _prefix: str

    def _address(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + valid_key(key)}

    def begin_parts(self, key: str) -> str:
        with s3_errors(key):
            parts_id: str = self._client.create_multipart_upload(**self._address(key))["UploadId"]
            return parts_id

    def part_writer(self, key: str, parts_id: str, number: int) -> "PartWriter":
        return PartWriter(self._client, key, self._address(key) | {"UploadId": parts_id}, number)

    def presign_part(self, key: str, parts_id: str, number: int, size_bytes: int, expires: timedelta) -> str | None:
        if self._signer is None:
            return None
        wanted = self._address(key) | {"UploadId": parts_id, "PartNumber": number, "ContentLength": size_bytes}
        with s3_errors(key):
            url: str = self._signer.generate_presigned_url("upload_part", Params=wanted, ExpiresIn=int(expires.total_seconds()))
            return url

    def parts(self, key: str, parts_id: str) -> list[StoredPart]:
        with s3_errors(key):
            pages = self._client.get_paginator("list_parts").paginate(**self._address(key), UploadId=parts_id)
            return [
                StoredPart(part["PartNumber"], part["Size"], part["ETag"]) for page in pages for part in page.get("Parts", ())
            ]

    def complete_parts(self, key: str, parts_id: str, parts: Sequence[StoredPart]) -> None:
        whole = {"Parts": [{"PartNumber": part.number, "ETag": part.etag} for part in parts]}
        with s3_errors(key):
            self._client.complete_multipart_upload(**self._address(key), UploadId=parts_id, MultipartUpload=whole)

    def abort_parts(self, key: str, parts_id: str) -> None:
        try:
            with s3_errors(key):
                self._client.abort_multipart_upload(**self._address(key), UploadId=parts_id)
        except ObjectNotFoundError:
            return  # it is over


class PartWriter:
    """Keeps the part on disk until its `commit`: S3 wants to know the length before the first byte."""

    def __init__(self, client: Any, key: str, address: dict[str, str], number: int) -> None:
        self._client, self._key, self._address, self._number = client, key, address, number
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115  # closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._file.close()

    def write(self, data: bytes) -> None:
        with s3_errors(self._key):
            self._file.write(data)

    def commit(self) -> None:
        self._file.seek(0)
        with s3_errors(self._key):
            self._client.upload_part(**self._address, PartNumber=self._number, Body=self._file)
