"""Dates as Phoenix takes them: ``2024-05-01T00:00:00``, UTC, or nothing."""

from contextlib import suppress
from datetime import UTC, datetime

from dateutil import parser

from scanner.normalize.remembering import answered

_ZONE_HOURS = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "HST": -10,
    "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "SGT": 8, "JST": 9, "AEST": 10,
}  # fmt: skip
"""Zones that reports name without their distance from UTC. CST and IST have several meanings: the American one, and none."""


@answered
def date(text: str | float | None) -> str:
    """Any date that a scanner writes (ISO 8601, RFC 2822, Unix seconds or milliseconds); empty where there is none to read."""
    if text is None or text == "":
        return ""
    try:
        moment = _moment(text)
    except (ValueError, OverflowError, OSError):
        return ""
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds") if moment.year >= 1970 else ""


def _zone(name: str | None, offset_seconds: int | None) -> int | None:
    """Seconds from UTC: as written, or of a zone's common name; an unknown zone counts as UTC."""
    return offset_seconds if offset_seconds is not None else _ZONE_HOURS.get(name or "", 0) * 3600


def _moment(text: str | float) -> datetime:
    if isinstance(text, str) and not text.strip().replace(".", "", 1).isdigit():
        with suppress(ValueError):  # by far the most frequent, and a hundred times as quick
            return datetime.fromisoformat(text.strip().replace("/", "-"))
        # a date without zone is taken as UTC
        return parser.parse(text.strip(), default=datetime(1970, 1, 1), tzinfos=_zone)  # noqa: DTZ001
    seconds = float(text)
    if isinstance(text, str) and len(text.strip()) == 8:
        return datetime.strptime(text.strip(), "%Y%m%d")  # noqa: DTZ007  a bare day
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
