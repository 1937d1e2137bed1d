"""What can go wrong with a benchmark itself; that a target is missed is a result.

BenchmarkError
├── CommandFailedError    a command of the service, or a measuring process of our own, failed
├── ConnectionCutError    a request had no answer
├── JobNotCompletedError  a job ended otherwise, or did not end
└── DiskFullError         there is no room for the reports
"""


class BenchmarkError(Exception):
    retryable = False


class CommandFailedError(BenchmarkError):
    def __init__(self, command: str, code: int | None, said: str) -> None:
        super().__init__(command, code, said)
        self.command, self.code, self.said = command, code, said

    def __str__(self) -> str:
        return f"`{self.command}` ended with {self.code}: {self.said.strip()[-2000:]}"


class ConnectionCutError(BenchmarkError):
    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path, self.why = path, why

    def __str__(self) -> str:
        return f"a connection of {self.path} was cut: {self.why}"


class JobNotCompletedError(BenchmarkError):
    def __init__(self, filename: str, status: str, error: str) -> None:
        super().__init__(filename, status, error)
        self.filename, self.status, self.error = filename, status, error

    def __str__(self) -> str:
        return f"the job of {self.filename} is {self.status}: {self.error}"


class DiskFullError(BenchmarkError):
    def __init__(self, folder: str, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(folder, needed_bytes, free_bytes)
        self.folder, self.needed_bytes, self.free_bytes = folder, needed_bytes, free_bytes

    def __str__(self) -> str:
        return f"{self.folder} has {self.free_bytes / 1e9:.1f} GB free, {self.needed_bytes / 1e9:.1f} GB are needed"
