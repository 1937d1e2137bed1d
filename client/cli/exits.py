"""What the command's exit code says. The numbers are part of the service's contract."""

from enum import IntEnum

from client.errors import ClientError, JobFailedError, UnreadableReportError, WaitTimeoutError


class ExitCode(IntEnum):
    DONE = 0
    JOB_FAILED = 1
    """A job failed or was cancelled."""
    USAGE = 2
    REFUSED = 3
    """The service could not be reached, or it refused."""
    TIMED_OUT = 124
    INTERRUPTED = 130


def exit_code(error: ClientError) -> ExitCode:
    match error:
        case JobFailedError():
            return ExitCode.JOB_FAILED
        case UnreadableReportError():
            return ExitCode.USAGE
        case WaitTimeoutError():
            return ExitCode.TIMED_OUT
        case _:
            return ExitCode.REFUSED
