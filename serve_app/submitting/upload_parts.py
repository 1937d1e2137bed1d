"""Reports that come in parts: how they are cut, and where the parts go."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from jobs_store.storage import ObjectStorage
from jobs_store.uploads import Upload
from serve_app.schemas.uploads import PartAnswer

MEBIBYTE = 1 << 20
LEAST_PART_BYTES = 16 * MEBIBYTE
MOST_PARTS = 10_000
"""As many as S3 takes."""
URL_LIFETIME = timedelta(hours=1)


def part_size(size_bytes: int) -> int:
    """16 MiB, or the fewest whole MiB that make no more parts than S3 takes."""
    return max(LEAST_PART_BYTES, -(-size_bytes // (MOST_PARTS * MEBIBYTE)) * MEBIBYTE)


def part_addresses(storage: ObjectStorage, upload: Upload, numbers: Iterable[int], now: datetime) -> list[PartAnswer]:
    """Where to PUT each of the parts. A URL without a host is one of ours; any other is signed, and wants no key."""
    lifetime = min(URL_LIFETIME, upload.expires_at - now)
    addresses = []
    for number in numbers:
        size_bytes = upload.part_bytes(number)
        signed = storage.presign_part(upload.storage_key, upload.parts_id, number, size_bytes, lifetime)
        url = signed or f"/api/v1/uploads/{upload.upload_id}/parts/{number}"
        addresses.append(PartAnswer(number=number, url=url, headers={}, size_bytes=size_bytes))
    return addresses
