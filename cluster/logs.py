"""A process's log: one JSON object per line, with tracebacks as text and never the values of variables, which hold secrets.

What a line belongs to (job, tenant, request, trace) is bound to the task that writes it, see `structlog.contextvars`.
"""

import logging
import sys
from typing import Any, TextIO

import structlog

_OURS = ("cluster", "jobs_store", "scanner", "serve_app")
_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
_own_level = _level = "INFO"


class _ToStandardError(logging.StreamHandler[TextIO]):
    """Wherever that leads at the time of the line."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        """As its base has it, which is given none."""


def configure_logs(level: str) -> None:
    """For this process, as often as it is called; ``level`` as ``LOG_LEVEL`` has it, and an unknown one counts as INFO."""
    global _own_level  # so is the configuration of both libraries
    _own_level = level.upper() if level.upper() in logging.getLevelNamesMapping() else "INFO"
    structlog.configure(
        processors=[*_SHARED, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
    )
    handler = _ToStandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    for name in _OURS:
        logging.getLogger(name).handlers = [handler]
    _apply(_own_level)


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
