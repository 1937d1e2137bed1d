"""What can go wrong with the demo itself.

DemoError
└── LeftRunningError   processes are there that should have ended
"""


class DemoError(Exception):
    retryable = False


class LeftRunningError(DemoError):
    def __init__(self, pids: list[int]) -> None:
        super().__init__(pids)
        self.pids = pids

    def __str__(self) -> str:
        return f"still running after the service was stopped: {', '.join(map(str, self.pids))}"
