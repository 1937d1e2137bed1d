"""A process's log: one JSON object per line, with tracebacks as text and never the values of variables, which hold secrets.

What a line belongs to (job, tenant, request, trace) is bound to the task that writes it, see `structlog.contextvars`.
"""

import fcntl
import logging
import logging.handlers
import os
import sys
import traceback
from collections.abc import Callable
from io import TextIOWrapper
from types import TracebackType
from typing import Any, TextIO

import structlog

FILE_VARIABLE = "PHOENIX_SCANNER_PROCESSES_LOG"
"""In the environment of a process whose lines are kept in that file too, with those of others."""
_MOST_BYTES = 10_000_000
"""Of the file; then it becomes the one before, of which one is kept."""
_OURS = ("cluster", "jobs_store", "scanner", "serve_app")


def _as_text(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Joined here: structlog has it printed into a buffer, which in a replica writes tuples."""
    return "".join(traceback.format_exception(*exc_info)).rstrip()


_exceptions = structlog.processors.ExceptionRenderer(_as_text)
_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_own_level = _level = "INFO"
_files: list["_SharedFile"] = []


class _ToStandardError(logging.StreamHandler[TextIO]):
    """Wherever that leads at the time of the line."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        """As its base has it, which is given none."""


class _SharedFile(logging.handlers.WatchedFileHandler):
    """One file of several processes, mode 0600. Whoever finds it full moves it away; all go on with the new one.

    A file that cannot be written costs its lines, never what they tell of.
    """

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._make_room()
            super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:
        """Standard error has the line too."""

    def _make_room(self) -> None:
        if not self._is_full():
            return
        folder = os.open(os.path.dirname(self.baseFilename), os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            if self._is_full():  # nobody was quicker
                os.replace(self.baseFilename, f"{self.baseFilename}.1")
        finally:
            os.close(folder)

    def _is_full(self) -> bool:
        try:
            return os.stat(self.baseFilename).st_size >= _MOST_BYTES
        except FileNotFoundError:
            return False


class _KeptPrints(structlog.PrintLogger):
    """Of structlog's loggers, which write to standard output by themselves."""

    def __init__(self, kept: logging.Handler) -> None:
        super().__init__()
        self._kept = kept

    def msg(self, message: str) -> None:
        super().msg(message)
        self._kept.handle(logging.makeLogRecord({"msg": message}))

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def configure_logs(level: str) -> None:
    """For this process, as often as it is called; ``level`` as ``LOG_LEVEL`` has it, and an unknown one counts as INFO."""
    global _own_level  # so is the configuration of both libraries
    _own_level = level.upper() if level.upper() in logging.getLevelNamesMapping() else "INFO"
    while _files:
        _files.pop().close()
    if file := os.environ.get(FILE_VARIABLE):  # structlog's lines come as text, the other library's as records
        _files.extend(_SharedFile(file, delay=True) for _ in range(2))
    structlog.configure(
        processors=[*_SHARED, _exceptions, structlog.processors.JSONRenderer()],
        logger_factory=_kept_prints(_files[0]) if _files else structlog.PrintLoggerFactory(),
    )
    handlers: list[logging.Handler] = [_ToStandardError(), *_files[1:]]
    for handler in handlers:
        handler.setFormatter(_as_json())
    for name in _OURS:
        logging.getLogger(name).handlers = handlers
    _apply(_own_level)


def _kept_prints(kept: logging.Handler) -> Callable[..., _KeptPrints]:
    return lambda *_arguments: _KeptPrints(kept)


def _as_json() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _exceptions,
            structlog.processors.JSONRenderer(),
        ],
    )


def set_level(level: str | None) -> None:
    """From the next line on; None: what was configured. Does nothing where it is so already."""
    if (wanted := level or _own_level) != _level:
        _apply(wanted)


def level() -> str:
    """As it is now."""
    return _level


def _apply(level: str) -> None:
    global _level
    _level = level
    number = logging.getLevelNamesMapping()[level]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(number))
    for name in _OURS:
        logging.getLogger(name).setLevel(number)
