"""What the edge refuses, and what keeps the service from starting.

    ServeAppError
    ├── MissingKeyError         no API key came with the request
    ├── WrongKeyError           the API key is not one of ours
    │   └── WrongTokenError     the bearer token is not one to be believed; says why
    ├── SignInError             a person's sign-in cannot be finished; says why
    ├── CrossSiteError          another site's page sends what only our own may
    ├── IssuerUnavailableError  who issues tokens cannot be asked; retryable
    ├── NotAllowedError         the key lacks a scope
    ├── InvalidParametersError  parameters that cannot be used; names each
    ├── UnreadableReportError   a file that is certainly no report
    ├── TooLargeError           more bytes than are taken; found while reading
    ├── TooManyUploadsError     so many direct uploads are open already
    ├── UnsupportedMediaError   a body of a type that the route does not take
    ├── JobEndedError           the job cannot be cancelled any more
    ├── AlreadyRunningError     a service runs on this data folder
    ├── PortTakenError          somebody else listens there
    ├── StartError              the service did not come up; says why
    ├── ReportGoneError         retention has removed the job's report
    └── RayDiedError            the embedded service has lost its Ray while it ran

HTTP statuses are in `serve_app.answering.answers`. All cross process borders: constructor arguments go to ``super().__init__``
unchanged, the text is made in ``__str__``.
"""

from typing import ClassVar


class ServeAppError(Exception):
    """The root. ``retryable`` says whether trying the same again can help."""

    retryable: ClassVar[bool] = False


class MissingKeyError(ServeAppError):
    def __str__(self) -> str:
        return "send an API key in the header X-API-Key, or as Authorization: Bearer"


class WrongKeyError(ServeAppError):
    def __str__(self) -> str:
        return "the API key is not valid"


class WrongTokenError(WrongKeyError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the bearer token is not accepted: {self.reason}"


class SignInError(ServeAppError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"signing in failed: {self.reason}"


class CrossSiteError(ServeAppError):
    def __str__(self) -> str:
        return "a session may change something only from the service's own pages; scripts use a key"


class IssuerUnavailableError(ServeAppError):
    retryable = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the issuer of tokens cannot be asked: {self.reason}"


class NotAllowedError(ServeAppError):
    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.scope = scope

    def __str__(self) -> str:
        return f"the key lacks the scope {self.scope}"


class InvalidParametersError(ServeAppError):
    """``problems`` maps the name of a parameter to what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "; ".join(f"{name}: {problem}" for name, problem in self.problems.items())


class UnreadableReportError(ServeAppError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the file is no report: {self.reason}"


class TooLargeError(ServeAppError):
    def __init__(self, what: str, limit_bytes: int) -> None:
        super().__init__(what, limit_bytes)
        self.what, self.limit_bytes = what, limit_bytes

    def __str__(self) -> str:
        return f"{self.what} is larger than {self.limit_bytes:,} bytes"


class TooManyUploadsError(ServeAppError):
    retryable = True

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def __str__(self) -> str:
        return f"{self.most} uploads are open already; use or remove some, or wait until they expire"


class UnsupportedMediaError(ServeAppError):
    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(found, wanted)
        self.found, self.wanted = found, wanted

    def __str__(self) -> str:
        return f"send {self.wanted}, not {self.found or 'a body without a Content-Type'}"


class ReportGoneError(ServeAppError):
    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id

    def __str__(self) -> str:
        return f"the report of {self.job_id} is not kept any more"


class JobEndedError(ServeAppError):
    def __init__(self, job_id: str, status: str) -> None:
        super().__init__(job_id, status)
        self.job_id, self.status = job_id, status

    def __str__(self) -> str:
        return f"job {self.job_id} has already ended: it is {self.status}"


class AlreadyRunningError(ServeAppError):
    def __init__(self, url: str, data: str) -> None:
        super().__init__(url, data)
        self.url, self.data = url, data

    def __str__(self) -> str:
        return f"the service of {self.data} is already running at {self.url}"


class PortTakenError(ServeAppError):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host, self.port = host, port

    def __str__(self) -> str:
        return f"something else listens on {self.host}:{self.port}; choose another --port"


class StartError(ServeAppError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class RayDiedError(ServeAppError):
    """Jobs are where they were: the next start goes on with them."""

    retryable = True

    def __init__(self, log_file: str) -> None:
        super().__init__(log_file)
        self.log_file = log_file

    def __str__(self) -> str:
        return "Ray has died, and the service with it; `phoenix-scan up` starts it again, and jobs go on from where they were"
