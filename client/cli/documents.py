"""The one JSON document that a command with ``--json`` prints."""

import sys

import msgspec

from client.errors import ClientError, RefusedError


class ErrorDocument(msgspec.Struct, omit_defaults=True):
    """An error in the output of ``--json``, in the shape of the service's own errors."""

    error: str
    message: str
    details: dict[str, object] = {}


def error_document(error: ClientError) -> ErrorDocument:
    if isinstance(error, RefusedError):
        return ErrorDocument(error.code, error.message, error.details)
    return ErrorDocument(error.code, str(error))


def usage_document(message: str) -> ErrorDocument:
    """Of what was wrong with the command itself."""
    return ErrorDocument("wrong_usage", " ".join(message.split()))


def interrupted_document(job_ids: list[str]) -> ErrorDocument:
    """``job_ids`` are of jobs that go on."""
    return ErrorDocument("interrupted", "interrupted; what was sent goes on", {"jobs": job_ids} if job_ids else {})


def write_json(document: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
    sys.stdout.flush()
