"""What the command's exit code says. The numbers are part of the service's contract."""

from enum import IntEnum

from client.errors import ClientError, JobFailedError, RefusedError, UnreadableReportError, WaitTimeoutError

_WRONG_USAGE = frozenset({"invalid_parameters", "unknown_scanner_type", "unreadable_report", "ambiguous_id"})
_UNKNOWN_ID = frozenset(
    {"job_not_found", "bulk_not_found", "batch_not_found", "upload_not_found", "tenant_not_found", "key_not_found"}
)


class ExitCode(IntEnum):
    DONE = 0
    JOB_FAILED = 1
    """A job failed or was cancelled."""
    USAGE = 2
    """Wrong usage, a wrong key or id, or a report that cannot be read: whoever asked has to change something."""
    REFUSED = 3
    """The service could not be reached, or it refused for reasons of its own."""
    TIMED_OUT = 124
    INTERRUPTED = 130


def exit_code(error: ClientError) -> ExitCode:
    match error:
        case JobFailedError():
            return ExitCode.JOB_FAILED
        case UnreadableReportError() | RefusedError(status=401 | 403):
            return ExitCode.USAGE
        case RefusedError(code=code) if code in _WRONG_USAGE | _UNKNOWN_ID:
            return ExitCode.USAGE
        case WaitTimeoutError():
            return ExitCode.TIMED_OUT
        case _:
            return ExitCode.REFUSED
