"""Settings of the edge alone, from the same places as `cluster.settings.Settings`; see docs/settings.md."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class EdgeSettings(BaseSettings):
    """Names of the environment variables are the fields' in upper case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    public_url: str = ""
    """What clients reach the service under, where a proxy hides it: ``https://scan.example.com/path``. Without it the
    request's own ``Host`` is taken; forwarded headers never are, because anybody can send them."""
    tls_cert: str = ""
    """A file with the certificate, and those that lead to a known one, where the service itself speaks TLS; PEM."""
    tls_key: str = ""
    """A file with the certificate's key, without a password; PEM."""
    api_min_replicas: int = Field(1, gt=0)
    api_max_replicas: int = Field(4, gt=0)
    api_requests_per_replica: int = Field(100, gt=0)
    """Requests and watchers under way at once in a replica, on average, at which another one is started."""
    api_resource: str = ""
    """A resource that only the nodes behind the load balancer offer; replicas then run nowhere else."""
    websocket_token_minutes: float = Field(15, gt=0)

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("must begin with http:// or https:// and name a host")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _both_or_neither(self) -> "EdgeSettings":
        if bool(self.tls_cert) != bool(self.tls_key):
            raise ValueError("TLS_CERT and TLS_KEY come together")
        return self

    @property
    def is_behind_tls(self) -> bool:
        """Whether browsers reach it by TLS alone, as far as that is known here."""
        return bool(self.tls_cert) or self.public_url.startswith("https://")

    @property
    def websocket_token_lifetime(self) -> timedelta:
        return timedelta(minutes=self.websocket_token_minutes)


def load_edge_settings(env_file: Path | None = None) -> EdgeSettings:
    """The environment, then ``env_file``. Raises pydantic's ``ValidationError``."""
    return EdgeSettings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so
