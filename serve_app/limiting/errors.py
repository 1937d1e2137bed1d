"""Refusals that a later request does not get."""

from typing import ClassVar

from serve_app.errors import ServeAppError


class LimitReachedError(ServeAppError):
    """``limit`` names it, ``most`` is what it comes to in ``window_seconds`` (0: at any time)."""

    retryable: ClassVar[bool] = True

    def __init__(self, limit: str, most: int, window_seconds: int, retry_after_seconds: int) -> None:
        super().__init__(limit, most, window_seconds, retry_after_seconds)
        self.limit, self.most = limit, most
        self.window_seconds, self.retry_after_seconds = window_seconds, retry_after_seconds

    def __str__(self) -> str:
        return f"the limit {self.limit} of {self.most:,} is reached; try again in {self.retry_after_seconds:,} seconds"

    @property
    def headers(self) -> dict[str, str]:
        """As the IETF draft of RateLimit header fields (draft-ietf-httpapi-ratelimit-headers) has them, and ``Retry-After``."""
        window = f";w={self.window_seconds}" if self.window_seconds else ""
        return {
            "Retry-After": str(self.retry_after_seconds),
            "RateLimit": f'"{self.limit}";r=0;t={self.retry_after_seconds}',
            "RateLimit-Policy": f'"{self.limit}";q={self.most}{window}',
        }
