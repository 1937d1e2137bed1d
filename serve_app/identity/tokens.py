"""Tokens that open one job's WebSocket for a short time, so that an API key need not stand in a URL."""

import hmac
from datetime import datetime, timedelta

import jwt

_AUDIENCE = "websocket"
_PURPOSE = b"phoenix-scanner websocket tokens v1"


class WatchTokens:
    """JSON web tokens (HS256) under keys made of ``SECRET_KEY``: signed with the first of its parts, valid under any."""

    def __init__(self, secret_key: str, lifetime: timedelta) -> None:
        parts = (part.strip() for part in secret_key.split(","))
        self._keys = [hmac.digest(part.encode(), _PURPOSE, "sha256") for part in parts if part]
        self._lifetime = lifetime

    def issue(self, job_id: str, now: datetime) -> str:
        claims = {"aud": _AUDIENCE, "sub": job_id, "exp": now + self._lifetime}
        return jwt.encode(claims, self._keys[0], algorithm="HS256")

    def opens(self, token: str, job_id: str, now: datetime) -> bool:
        return any(self._valid(token, key, job_id, now) for key in self._keys)

    @staticmethod
    def _valid(token: str, key: bytes, job_id: str, now: datetime) -> bool:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                audience=_AUDIENCE,
                subject=job_id,
                options={"require": ["exp", "sub", "aud"], "verify_exp": False},  # judged below, by the injected clock
            )
        except jwt.InvalidTokenError:
            return False
        expires = claims["exp"]
        return isinstance(expires, int | float) and now.timestamp() < expires
