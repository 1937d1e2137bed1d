"""From what boto3 raises to the store's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from jobs_store.errors import ObjectNotFoundError, StorageUnavailableError

_NOT_FOUND = {"404", "NoSuchKey", "NotFound", "NoSuchUpload"}


@contextmanager
def s3_errors(key: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        if details.get("Code") in _NOT_FOUND:
            raise ObjectNotFoundError(key) from error
        raise StorageUnavailableError(f"{details.get('Code')}: {details.get('Message')}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageUnavailableError(str(error)) from error
    except OSError as error:
        raise StorageUnavailableError(error.strerror or type(error).__name__) from error
