"""Objects in an S3 bucket, at any endpoint that speaks S3: AWS, MinIO, Ceph, Swift."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from jobs_store.errors import StorageUnavailableError
from jobs_store.storage.keys import valid_folder, valid_key, valid_prefix
from jobs_store.storage.s3_client import s3_client
from jobs_store.storage.s3_errors import s3_errors
from jobs_store.storage.s3_parts import S3Parts

PART_BYTES = 8 << 20  # S3 takes 10,000 parts, so an object may have 80 GB
_TRANSFER = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4)


class S3Storage(S3Parts):
    """The client tries up to five times. What a killed writer had uploaded is for the bucket's lifecycle rule to remove.

    URLs for others name ``public_endpoint``. Where only our own ``endpoint`` is known, parts have none: it may be out of reach.
    """

    def __init__(
        self, bucket: str, prefix: str, *, endpoint: str | None, region: str | None, public_endpoint: str | None = None
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{folder}/" if (folder := valid_prefix(prefix.strip("/"))) else ""
        self._endpoint, self._region, self._public_endpoint = endpoint, region, public_endpoint

    @cached_property
    def _client(self) -> Any:
        return s3_client(self._endpoint, self._region)

    @cached_property
    def _signer(self) -> Any:
        """Signs URLs for others; None where they could not reach what it names."""
        if self._public_endpoint:
            return s3_client(self._public_endpoint, self._region)
        return None if self._endpoint else self._client

    def writer(self, key: str) -> "MultipartWriter":
        return MultipartWriter(self._client, key, self._address(key))

    def put(self, key: str, data: bytes) -> None:
        with s3_errors(key):
            self._client.put_object(**self._address(key), Body=data)

    def get(self, key: str, start: int = 0, stop: int | None = None) -> bytes:
        if stop is not None and stop <= start:
            self.size(key)
            return b""
        wanted = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop is not None else {}
        with s3_errors(key):
            try:
                answer = self._client.get_object(**self._address(key), **wanted)
            except ClientError as error:
                if error.response["Error"]["Code"] in ("InvalidRange", "416"):
                    return b""  # the object ends before the range begins, as a file does
                raise
            with closing(answer["Body"]) as body:
                data: bytes = body.read()
                return data

    def iterate(self, key: str, chunk_bytes: int = 1 << 20) -> Iterator[bytes]:
        with s3_errors(key), closing(self._client.get_object(**self._address(key))["Body"]) as body:
            yield from body.iter_chunks(chunk_bytes)

    def size(self, key: str) -> int:
        with s3_errors(key):
            length: int = self._client.head_object(**self._address(key))["ContentLength"]
            return length

    def delete(self, key: str) -> None:
        with s3_errors(key):
            self._client.delete_object(**self._address(key))

    def delete_prefix(self, prefix: str) -> None:
        for page in self._pages(valid_folder(prefix)):
            objects = [{"Key": entry["Key"]} for entry in page]
            with s3_errors(prefix):
                answer = self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})
            for failure in answer.get("Errors", ()):
                raise StorageUnavailableError(f"{failure.get('Code')}: {failure.get('Message')}")

    def list(self, prefix: str = "") -> Iterator[str]:
        for page in self._pages(prefix):
            for entry in page:
                yield entry["Key"].removeprefix(self._prefix)

    def remove_unfinished(self, before: datetime) -> int:
        """Nothing: the bucket's lifecycle rule does."""
        return 0

    def ping(self) -> None:
        with s3_errors(self._bucket):
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                raise StorageUnavailableError(f"bucket {self._bucket}: {error.response['Error']['Code']}") from error

    def local_path(self, key: str) -> Path | None:
        valid_key(key)
        return None

    def download(self, key: str, path: Path) -> None:
        address = self._address(key)
        with s3_errors(key):
            self._client.download_file(address["Bucket"], address["Key"], str(path), Config=_TRANSFER)

    def _pages(self, prefix: str) -> Iterator[Any]:
        folder = valid_prefix(prefix)
        whole = f"{self._prefix}{folder}/" if folder else self._prefix
        with s3_errors(prefix):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=whole):
                if "Contents" in page:
                    yield page["Contents"]


class MultipartWriter:
    """Sends parts of 8 MiB as they fill up; an object that fits in one goes as a single request at `commit`."""

    def __init__(self, client: Any, key: str, address: dict[str, str]) -> None:
        self._client, self._key, self._address = client, key, address
        self._waiting = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._waiting.clear()
        if self._upload_id is not None:
            with s3_errors(self._key):
                self._client.abort_multipart_upload(**self._address, UploadId=self._upload_id)

    def write(self, data: bytes) -> None:
        self._waiting += data
        while len(self._waiting) >= PART_BYTES:
            self._send_part(PART_BYTES)

    def commit(self) -> None:
        with s3_errors(self._key):
            if self._upload_id is None:
                self._client.put_object(**self._address, Body=bytes(self._waiting))
                return
            if self._waiting:
                self._send_part(len(self._waiting))
            whole = {"Parts": self._parts}
            self._client.complete_multipart_upload(**self._address, UploadId=self._upload_id, MultipartUpload=whole)
            self._upload_id = None

    def _send_part(self, length: int) -> None:
        number = len(self._parts) + 1
        with s3_errors(self._key), memoryview(self._waiting) as waiting:
            if self._upload_id is None:
                self._upload_id = self._client.create_multipart_upload(**self._address)["UploadId"]
            answer = self._client.upload_part(
                **self._address, UploadId=self._upload_id, PartNumber=number, Body=bytes(waiting[:length])
            )
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        del self._waiting[:length]
