"""What can go wrong while a job is carried through the cluster.

    ClusterError
    ├── ClusterUnavailableError   Ray or one of our actors cannot be reached; retryable
    ├── JobFailedError            the job has ended without success; says why
    ├── ProgressUnavailableError  the progress bus is away; retryable, the store has the events
    ├── TaskLimitError            a report takes more memory or time than one step may, or crashes what reads it
    ├── LostRunnerError           the process that read a report was ended by others; retryable
    ├── BrokenMachineError        a job's machine is in a state that it must never be in: a bug of ours
    └── SettingsMissingError      a process of the cluster lacks secrets that the service was started with

All cross process borders: constructor arguments go to ``super().__init__`` unchanged, the text is made in ``__str__``.
"""

from typing import ClassVar


class ClusterError(Exception):
    """The root. ``retryable`` says whether trying the same again can help."""

    retryable: ClassVar[bool] = False


class ClusterUnavailableError(ClusterError):
    retryable = True

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(what, reason)
        self.what, self.reason = what, reason

    def __str__(self) -> str:
        return f"{self.what} cannot be reached: {self.reason}"


class JobFailedError(ClusterError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class ProgressUnavailableError(ClusterError):
    retryable = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the progress bus is unavailable: {self.reason}"


class SettingsMissingError(ClusterError):
    def __init__(self, names: str) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return f"a node of the cluster lacks settings, or has them wrong: {self.names}; each needs them in its environment"


class TaskLimitError(ClusterError):
    """It would be the same the next time."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the report cannot be read: {self.reason}"


class LostRunnerError(ClusterError):
    retryable = True

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class BrokenMachineError(ClusterError):
    """``broken`` are the invariants that do not hold; ``history`` is what the machine was told last."""

    def __init__(self, broken: tuple[str, ...], history: tuple[str, ...]) -> None:
        super().__init__(broken, history)
        self.broken, self.history = broken, history

    def __str__(self) -> str:
        return "; ".join((*self.broken, "after: " + ", ".join(self.history)))
