"""Tokens that open one job's WebSocket for a short time, so that an API key need not stand in a URL."""

import hmac
from datetime import datetime, timedelta

_PURPOSE = b"phoenix-scanner websocket tokens v2"


class WatchTokens:
    """When it expires, and an HMAC of that and its subject under a key made of ``SECRET_KEY``: its first part's; any opens."""

    def __init__(self, secret_key: str, lifetime: timedelta) -> None:
        parts = (part.strip() for part in secret_key.split(","))
        self._keys = [hmac.digest(part.encode(), _PURPOSE, "sha256") for part in parts if part]
        self._lifetime = lifetime

    def issue(self, subject: str, now: datetime) -> str:
        expires = str(int((now + self._lifetime).timestamp()))
        return f"{expires}-{_mark(self._keys[0], subject, expires)}"

    def opens(self, token: str, subject: str, now: datetime) -> bool:
        expires, _, mark = token.partition("-")
        genuine = any(hmac.compare_digest(mark.encode(), _mark(key, subject, expires).encode()) for key in self._keys)
        return genuine and now.timestamp() < int(expires)


def _mark(key: bytes, subject: str, expires: str) -> str:
    return hmac.digest(key, f"{expires} {subject}".encode(), "sha256").hex()
