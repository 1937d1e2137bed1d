"""Times as clients read them: ISO 8601 in UTC with ``Z``."""

from datetime import UTC, datetime


def zulu(moment: datetime) -> str:
    """The moment must be aware."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
