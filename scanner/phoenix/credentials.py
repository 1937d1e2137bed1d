"""Who we are to which Phoenix."""

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class PhoenixCredentials:
    """One Phoenix tenant. The secret is left out of the text of the object, so that it cannot reach a log by accident."""

    api_url: str
    """The base of all paths, as ``https://api.securityphoenix.cloud``."""
    client_id: str
    client_secret: str = field(repr=False)

    def url(self, path: str) -> str:
        """The address of an API path, which starts with a slash."""
        return self.api_url.rstrip("/") + path

    def basic_authorization(self) -> str:
        """The header's value with which a token is asked for; as secret as the secret."""
        return "Basic " + b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()


def is_same_api(url: str, other: str) -> bool:
    """Whether requests under both go to the same server and paths; False where one is no URL, or has a user in it."""
    wanted = _normalized(url)
    return wanted is not None and wanted == _normalized(other)


def _normalized(url: str) -> tuple[str, str, int | None, str, str] | None:
    """Scheme, host, port, path and the rest, so that only what differs to a server differs."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if parts.username is not None or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/"), parts.query + parts.fragment
