"""Dates as Phoenix takes them: ``2024-05-01T00:00:00``, UTC, or nothing."""

import functools
from datetime import UTC, datetime

from dateutil import parser


@functools.lru_cache(8192)
def date(text: str | float | None) -> str:
    """Any date that a scanner writes (ISO 8601, RFC 2822, Unix seconds or milliseconds); empty where there is none to read."""
    if text is None or text == "":
        return ""
    try:
        moment = _moment(text)
    except (ValueError, OverflowError, OSError):
        return ""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if 1970 <= moment.year <= 9999 else ""


def _moment(text: str | float) -> datetime:
    if isinstance(text, str) and not text.strip().replace(".", "", 1).isdigit():
        return parser.parse(text.strip(), default=datetime(1970, 1, 1))  # noqa: DTZ001  a date without zone is taken as UTC
    seconds = float(text)
    if isinstance(text, str) and len(text.strip()) == 8:
        return datetime.strptime(text.strip(), "%Y%m%d")  # noqa: DTZ007  a bare day
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
