"""Why the sandbox does not take a request.

SandboxError                 (a ScannerError)
├── BodyRefusedError         the body breaks the API's rules; says which and where: HTTP 400
├── BodyTooLargeError        more bytes or assets than allowed: HTTP 413
└── SandboxStartError        the server could not be started
"""

from scanner.errors import ScannerError
from scanner.phoenix.sandbox.refusal import Refusal


class SandboxError(ScannerError):
    """The root."""


class BodyRefusedError(SandboxError):
    """The body is refused. ``refusals`` are in the order of the body, at most `REFUSALS_SHOWN` of them."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__(refusals)
        self.refusals = refusals

    def __str__(self) -> str:
        return "; ".join(f"{refusal.path}: {refusal.reason}" for refusal in self.refusals)


class BodyTooLargeError(SandboxError):
    """``what`` is "bytes" or "assets"; ``found`` may be where the counting stopped."""

    def __init__(self, what: str, limit: int, found: int) -> None:
        super().__init__(what, limit, found)
        self.what, self.limit, self.found = what, limit, found

    def __str__(self) -> str:
        return f"{self.found} {self.what} in one request, {self.limit} are allowed: split it"


class SandboxStartError(SandboxError):
    """The server ended, or said nothing, before it could answer requests."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host, self.port = host, port

    def __str__(self) -> str:
        return f"the sandbox could not be started on {self.host}:{self.port}"
