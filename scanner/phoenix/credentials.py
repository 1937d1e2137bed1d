"""Who we are to which Phoenix."""

from base64 import b64encode
from dataclasses import dataclass, field


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
