"""Refusals that a later request does not get."""

from typing import ClassVar

from serve_app.errors import ServeAppError


class LimitReachedError(ServeAppError):
    """``limit`` names it, ``most`` is what it comes to in ``window_seconds`` (0: at any time).

    ``retry_after_seconds`` is None for what is stored: retention makes room after days, or a person does.
    """

    retryable: ClassVar[bool] = True

    def __init__(self, limit: str, most: int, window_seconds: int, retry_after_seconds: int | None) -> None:
        super().__init__(limit, most, window_seconds, retry_after_seconds)
        self.limit, self.most = limit, most
        self.window_seconds, self.retry_after_seconds = window_seconds, retry_after_seconds

    def __str__(self) -> str:
        reached = f"the limit {self.limit} of {self.most:,} is reached"
        if self.retry_after_seconds is None:
            return f"{reached}; there is room when retention removes reports of ended jobs, or an operator raises it"
        return f"{reached}; try again in {self.retry_after_seconds:,} seconds"

    @property
    def headers(self) -> dict[str, str]:
        """As the IETF draft of RateLimit header fields (draft-ietf-httpapi-ratelimit-headers) has them, and ``Retry-After``."""
        window = f";w={self.window_seconds}" if self.window_seconds else ""
        told = {"RateLimit": f'"{self.limit}";r=0', "RateLimit-Policy": f'"{self.limit}";q={self.most}{window}'}
        if self.retry_after_seconds is None:
            return told
        told["RateLimit"] += f";t={self.retry_after_seconds}"
        return {"Retry-After": str(self.retry_after_seconds), **told}
