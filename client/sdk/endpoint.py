"""Where the service is, and how a client shows that it may use it."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

DEFAULT_URL = "http://127.0.0.1:8000"
USER_AGENT = "phoenix-scan"


@dataclass(frozen=True)
class Endpoint:
    """``url`` is what comes before ``/api/v1``; it may have a path. Raises ValueError unless it is an http or https URL."""

    url: str = DEFAULT_URL
    api_key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https URL: {self.url!r}")

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def headers(self) -> dict[str, str]:
        key = {"X-API-Key": self.api_key} if self.api_key else {}
        return {"User-Agent": USER_AGENT, **key}

    def socket_url(self, job_id: str, *, after: int) -> str:
        """The job's WebSocket. Authenticated by header: the token in an upload's ``websocket_url`` is short-lived."""
        parts = urlsplit(self.url)
        path = f"{parts.path.rstrip('/')}/ws/{quote(job_id, safe='')}"
        return urlunsplit(("wss" if self.secure else "ws", parts.netloc, path, f"after={after}", ""))
