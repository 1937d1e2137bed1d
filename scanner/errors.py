"""What can go wrong between a report's bytes and Phoenix.

    ScannerError
    ├── UnknownFormatError      no format's signature matches, or the name of a format is unknown
    ├── AmbiguousFormatError    two formats match equally well
    ├── MalformedReportError    the report cannot be read at all; says where
    ├── LimitExceededError      an archive or a request is larger than allowed
    ├── RecordError             one record cannot be translated; becomes a `SkippedRecord`
    └── PhoenixError            see scanner/phoenix/errors.py

All cross process borders: constructor arguments go to ``super().__init__`` unchanged, the text is made in ``__str__``.
"""

from typing import ClassVar


class ScannerError(Exception):
    """The root. ``retryable`` says whether trying the same again can help."""

    retryable: ClassVar[bool] = False


class UnknownFormatError(ScannerError):
    """No format fits. ``asked`` is the name or the file, ``closest`` the nearest slugs, ``reason`` what was seen."""

    def __init__(self, asked: str, closest: tuple[str, ...] = (), reason: str = "") -> None:
        super().__init__(asked, closest, reason)
        self.asked, self.closest, self.reason = asked, closest, reason

    def __str__(self) -> str:
        text = f"unknown format: {self.asked}"
        if self.reason:
            text += f" ({self.reason})"
        if self.closest:
            text += f"; closest: {', '.join(self.closest)}"
        return f"{text}; `phoenix-scan formats` lists those that there are, `phoenix-scan new-format` proposes one for others"


class AmbiguousFormatError(ScannerError):
    """Several formats match the report equally well; the caller has to name one of ``slugs``."""

    def __init__(self, name: str, slugs: tuple[str, ...]) -> None:
        super().__init__(name, slugs)
        self.name, self.slugs = name, slugs

    def __str__(self) -> str:
        return f"{self.name} could be any of {', '.join(self.slugs)}: give scanner_type"


class MalformedReportError(ScannerError):
    """The report cannot be read. ``place`` is a byte offset, a line, a member or a path within it."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason, place)
        self.reason, self.place = reason, place

    def __str__(self) -> str:
        return f"malformed report at {self.place}: {self.reason}" if self.place else f"malformed report: {self.reason}"


class LimitExceededError(ScannerError):
    """Something is larger than allowed: an archive's members, ratio, nesting or total, or a request that may not be cut."""

    def __init__(self, what: str, limit: int, found: int) -> None:
        super().__init__(what, limit, found)
        self.what, self.limit, self.found = what, limit, found

    def __str__(self) -> str:
        return f"{self.what}: {self.found} exceeds the limit of {self.limit}"


class RecordError(ScannerError):
    """One record cannot become a finding; the report goes on without it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason
