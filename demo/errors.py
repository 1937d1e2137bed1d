"""What can go wrong with the demo itself.

DemoError
├── CommandError       a command of the service failed
└── LeftRunningError   processes are there that should have ended
"""


class DemoError(Exception):
    retryable = False


class CommandError(DemoError):
    def __init__(self, command: str, code: int, said: str) -> None:
        super().__init__(command, code, said)
        self.command, self.code, self.said = command, code, said

    def __str__(self) -> str:
        return f"`phoenix-scan {self.command}` ended with {self.code}: {self.said.strip()}"


class LeftRunningError(DemoError):
    def __init__(self, pids: list[int]) -> None:
        super().__init__(pids)
        self.pids = pids

    def __str__(self) -> str:
        return f"still running after the service was stopped: {', '.join(map(str, self.pids))}"
