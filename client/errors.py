"""What can go wrong between a caller and the service.

    ClientError
    ├── ServiceUnreachableError   no answer: connection refused or lost, name unknown, timeout
    ├── InvalidAnswerError        an answer, but not one of this service's (a proxy's page, another server)
    ├── RefusedError              the service said no, with a code, a message and details
    │   └── ServiceBusyError      … for now: 429, 502, 503, 504; says when to come back
    ├── JobFailedError            the job ended, but not in ``completed``
    ├── UnreadableReportError     the report cannot be read from this machine's disk
    └── WaitTimeoutError          the job had not ended when the caller's time was up; it goes on

All cross process borders: constructor arguments go to ``super().__init__`` unchanged, the text is made in ``__str__``.
"""

from typing import ClassVar


class ClientError(Exception):
    """The root. ``retryable`` says whether trying the same again can help; ``code`` names the error to machines."""

    retryable: ClassVar[bool] = False
    code: str = "client_error"


class ServiceUnreachableError(ClientError):
    """Nothing answered at ``url``. Whether the service acted before the connection was lost is not known."""

    retryable = True
    code = "service_unreachable"

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(url, reason)
        self.url, self.reason = url, reason

    def __str__(self) -> str:
        return f"no answer from {self.url}: {self.reason}"


class InvalidAnswerError(ClientError):
    """What answered at ``url`` does not speak this service's language; ``excerpt`` is the beginning of what it said."""

    code = "invalid_answer"

    def __init__(self, url: str, status: int, reason: str, excerpt: str = "") -> None:
        super().__init__(url, status, reason, excerpt)
        self.url, self.status, self.reason, self.excerpt = url, status, reason, excerpt

    def __str__(self) -> str:
        text = f"{self.url} answered {self.status} with something unexpected ({self.reason})"
        return f"{text}: {self.excerpt}" if self.excerpt else text


class RefusedError(ClientError):
    """The service's error body: HTTP ``status``, machine-readable ``code``, ``message`` for a person, ``details``.

    ``retry_after`` is the service's own wish for the next attempt, in seconds.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: dict[str, object] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(status, code, message, details, retry_after)
        self.status, self.code, self.message = status, code, message
        self.details, self.retry_after = details or {}, retry_after

    def __str__(self) -> str:
        return f"{self.message} ({self.status} {self.code})"


class ServiceBusyError(RefusedError):
    """Refused for now. 429 and 503 say that the service has not begun; a gateway's 502 and 504 leave that open."""

    retryable = True


class JobFailedError(ClientError):
    """The job ended as ``failed`` or ``cancelled``; ``reason`` is what the service says about it."""

    code = "job_failed"

    def __init__(self, job_id: str, status: str, reason: str = "") -> None:
        super().__init__(job_id, status, reason)
        self.job_id, self.status, self.reason = job_id, status, reason

    def __str__(self) -> str:
        return f"{self.job_id} {self.status}: {self.reason}" if self.reason else f"{self.job_id} {self.status}"


class UnreadableReportError(ClientError):
    """The file or stream ``name`` cannot be read; nothing was sent, or the service will drop what was."""

    code = "unreadable_report"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name, self.reason = name, reason

    def __str__(self) -> str:
        return f"{self.name} cannot be read: {self.reason}"


class WaitTimeoutError(ClientError):
    """``seconds`` were over before the job ended. It was not cancelled."""

    code = "timed_out"

    def __init__(self, job_id: str, seconds: float) -> None:
        super().__init__(job_id, seconds)
        self.job_id, self.seconds = job_id, seconds

    def __str__(self) -> str:
        return f"{self.job_id} had not ended after {self.seconds:g} s; it goes on"
