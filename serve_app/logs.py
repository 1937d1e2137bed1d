"""The edge's log: one JSON object per line, with tracebacks as text and never the values of variables, which hold secrets."""

import logging

import structlog


def configure_logs(level: str) -> None:
    """Once per process; ``level`` as ``LOG_LEVEL`` has it, and an unknown one counts as INFO."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), logging.INFO)),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
