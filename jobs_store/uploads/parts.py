"""When all parts of a direct upload are there, and joining them."""

from jobs_store.errors import ObjectNotFoundError, UploadGoneError, UploadIncompleteError
from jobs_store.storage import ObjectStorage, StoredPart
from jobs_store.uploads.records import Upload, UploadState

_MISSING_SHOWN = 100


def arrived(storage: ObjectStorage, upload: Upload) -> list[StoredPart]:
    """The parts that are there in their announced size. Raises `UploadGoneError` when the storage has forgotten them."""
    try:
        return upload.usable(storage.parts(upload.storage_key, upload.parts_id))
    except ObjectNotFoundError as error:
        raise UploadGoneError(upload.upload_id) from error


def make_whole(storage: ObjectStorage, upload: Upload) -> None:
    """Joins the parts. Idempotent. Raises `UploadIncompleteError`, `UploadGoneError`."""
    if upload.state is not UploadState.OPEN:
        return
    try:
        parts = upload.usable(storage.parts(upload.storage_key, upload.parts_id))
        missing = sorted(set(range(1, upload.part_count + 1)) - {part.number for part in parts})
        if missing:
            raise UploadIncompleteError(upload.upload_id, tuple(missing[:_MISSING_SHOWN]))
        storage.complete_parts(upload.storage_key, upload.parts_id, parts)
    except ObjectNotFoundError as error:
        if not _is_whole(storage, upload):  # another request may have joined them just now
            raise UploadGoneError(upload.upload_id) from error


def _is_whole(storage: ObjectStorage, upload: Upload) -> bool:
    try:
        return storage.size(upload.storage_key) == upload.size_bytes
    except ObjectNotFoundError:
        return False
