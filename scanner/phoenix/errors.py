"""What can go wrong between request bodies and the Phoenix API.

    PhoenixError (a ScannerError)
    ├── PhoenixUnavailableError   no answer, 429 or 5xx, and the allowance of repetitions is used up; retryable
    ├── PhoenixAuthError          the credentials, or a fresh token, were refused
    ├── UnexpectedAnswerError     an answer that the API does not document: a wrong URL, a proxy in between
    ├── PayloadTooLargeError      413 for a body that cannot be split any further
    ├── ImportRefusedError        400: the body is wrong, and stays so
    ├── ImportRejectedError       accepted, but its status became ERROR
    ├── ImportTimeoutError        accepted, but not IMPORTED in time
    └── GivenUpError              not sent: nobody wants it any more

What Phoenix says is kept, shortened; tokens and secrets are in none of them.
"""

from typing import ClassVar

from scanner.errors import ScannerError


class PhoenixError(ScannerError):
    """The root of what the Phoenix API can do to us."""


class PhoenixUnavailableError(PhoenixError):
    """Phoenix cannot be reached, or is too busy.

    ``retry_after_seconds`` is what a 429 or 503 asked for. ``maybe_acted``: the request may have had its effect although its
    answer is lost.
    """

    retryable: ClassVar[bool] = True

    def __init__(
        self, reason: str, status: int = 0, retry_after_seconds: float | None = None, maybe_acted: bool = False
    ) -> None:
        super().__init__(reason, status, retry_after_seconds, maybe_acted)
        self.reason, self.status = reason, status
        self.retry_after_seconds, self.maybe_acted = retry_after_seconds, maybe_acted

    def __str__(self) -> str:
        return f"Phoenix is unavailable: {self.reason}"


class PhoenixAuthError(PhoenixError):
    """Another try with the same credentials is refused again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"Phoenix refused the credentials: {self.reason}"


class UnexpectedAnswerError(PhoenixError):
    """Most often the configured URL is not that of a Phoenix API."""

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason, status)
        self.reason, self.status = reason, status

    def __str__(self) -> str:
        return f"unexpected answer of Phoenix: {self.reason}"


class PayloadTooLargeError(PhoenixError):
    """``what`` is the finding or asset that is too large even alone."""

    def __init__(self, what: str, size_bytes: int) -> None:
        super().__init__(what, size_bytes)
        self.what, self.size_bytes = what, size_bytes

    def __str__(self) -> str:
        return f"Phoenix takes no request as large as {self.size_bytes} bytes, and it cannot be split: {self.what}"


class ImportRefusedError(PhoenixError):
    """``text`` is Phoenix's explanation."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f"Phoenix refused the import: {self.text}"


class ImportRejectedError(PhoenixError):
    """``text`` is Phoenix's explanation."""

    def __init__(self, request_id: str, text: str) -> None:
        super().__init__(request_id, text)
        self.request_id, self.text = request_id, text

    def __str__(self) -> str:
        return f"Phoenix failed to import request {self.request_id}: {self.text}"


class ImportTimeoutError(PhoenixError):
    """Whether the import still happens is unknown."""

    def __init__(self, request_id: str, waited_seconds: float) -> None:
        super().__init__(request_id, waited_seconds)
        self.request_id, self.waited_seconds = request_id, waited_seconds

    def __str__(self) -> str:
        return f"Phoenix did not finish import request {self.request_id} within {self.waited_seconds:.0f} s"


class GivenUpError(PhoenixError):
    """Phoenix has none of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"not sent: {self.reason}"
