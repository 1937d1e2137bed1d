"""The data folder: database, objects, keys, log, and the note of what is running."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

import msgspec

from serve_app.errors import AlreadyRunningError, StartError

ERROR = "error: "
"""Before what `up` says of an error."""
FOLDER_VARIABLE = "PHOENIX_SCANNER_DATA"


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """What `up` notes once it has a run, so that `down` finds all of it even after a crash."""

    run: str
    """The mark that every process of the run carries in its environment."""
    pid: int
    url: str
    scratch: str
    """A folder of the run's own, removed at its end."""
    healthy: bool = False
    dashboard_url: str | None = None


def default_folder() -> Path:
    """``$PHOENIX_SCANNER_DATA``, else ``phoenix-scanner`` in the user's data home."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen)
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share", "phoenix-scanner")


class DataFolder:
    """Mode 0700, and everything secret in it 0600."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()

    @property
    def env_file(self) -> Path:
        return self.path / ".env"

    @property
    def log_file(self) -> Path:
        return self.path / "service.log"

    @property
    def processes_log(self) -> Path:
        """What replicas and actors log; `cluster.logs` bounds it."""
        return self.path / "processes.log"

    @property
    def api_key_file(self) -> Path:
        return self.path / "api-key"

    @property
    def secret_key_file(self) -> Path:
        return self.path / "secret-key"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.database_file}"

    @property
    def database_file(self) -> Path:
        return self.path / "jobs.db"

    @property
    def storage_url(self) -> str:
        return (self.path / "objects").as_uri()

    @property
    def _lock(self) -> Path:
        return self.path / "service.lock"

    @property
    def _note(self) -> Path:
        return self.path / "service.json"

    def make(self) -> None:
        """Raises `StartError` where it cannot be made, or is open to others and cannot be closed."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise StartError(f"the data folder {self.path} cannot be used: {error.strerror}") from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Only one service runs on a folder: raises `AlreadyRunningError`. The system lets go of it whatever happens to us."""
        lock = os.open(self._lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                running = self.running()
                raise AlreadyRunningError(running.url if running else "an unknown address", str(self.path)) from error
            yield
        finally:
            os.close(lock)

    @property
    def is_held(self) -> bool:
        """Whether the process that `Running.pid` tells of is alive."""
        try:
            with self.held():
                return False
        except AlreadyRunningError:
            return True
        except FileNotFoundError:
            return False

    def generated(self, file: Path) -> tuple[str, bool]:
        """The key in ``file``, made now if there is none; and whether it was."""
        try:
            descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return file.read_text().strip(), False
        key = secrets.token_urlsafe(32)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(key + "\n")
        return key, True

    def is_written_to_log(self, stream: TextIO) -> bool:
        """Whether what is printed there is kept in the log: no place for secrets."""
        try:
            return os.path.samestat(os.fstat(stream.fileno()), self.log_file.stat())
        except (OSError, ValueError):  # no log yet, or no file at all
            return False

    def open_log(self) -> BinaryIO:
        return os.fdopen(os.open(self.log_file, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "wb")

    def log_tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-2000:]

    def last_error(self, begins_at: int) -> str:
        """What `up` has said last of an error, of what was logged from there on; empty where it said nothing."""
        with self.log_file.open("rb") as file:
            file.seek(begins_at)
            _, found, said = file.read().decode(errors="replace").rpartition(ERROR)
        return said.strip() if found else ""

    def running(self) -> Running | None:
        """What was noted last; the processes may be gone."""
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=Running)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def note(self, running: Running) -> None:
        part = self._note.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_bytes(msgspec.json.encode(running))
        part.replace(self._note)

    def forget(self) -> None:
        self._note.unlink(missing_ok=True)
