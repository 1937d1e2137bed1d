"""Settings of the edge alone, from the same places as `cluster.settings.Settings`; see docs/settings.md."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from serve_app.safe_addresses import is_safe


class EdgeSettings(BaseSettings):
    """Names of the environment variables are the fields' in upper case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    public_url: str = ""
    """What clients reach the service under, where a proxy hides it: ``https://scan.example.com/path``. Without it the
    request's own ``Host`` is taken; forwarded headers never are, because anybody can send them."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses and networks, comma-separated, of proxies before the service: only what they say in ``X-Forwarded-For`` of
    who is behind them is believed, and goes into the audit log."""
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
    limit_uploads_per_minute: int | None = Field(None, ge=0)
    """Of a tenant that has no limit of its own, as all that follow; over all replicas. Without one nothing is counted."""
    limit_key_uploads_per_minute: int | None = Field(None, ge=0)
    """Of one key, within its tenant's."""
    limit_bytes_per_day: int | None = Field(None, ge=0)
    limit_stored_bytes: int | None = Field(None, ge=0)
    limit_jobs_waiting: int | None = Field(None, ge=0)
    limit_watchers: int | None = Field(None, ge=0)
    limit_graphql_cost: int | None = Field(10_000, ge=0)
    websocket_token_minutes: float = Field(15, gt=0)

    oidc_issuer: str = ""
    """Exactly as it calls itself. Its bearer tokens are taken with ``oidc_audience``; people sign in with ``oidc_client_id``.
    """
    oidc_audience: str = ""
    oidc_client_id: str = ""
    oidc_request_scopes: str = "openid email profile"
    """What signing in asks the issuer for."""
    oidc_tenant_claim: str = Field("tenant", min_length=1)
    oidc_tenant_map: Annotated[tuple[str, ...], NoDecode] = ()
    """``value=tenant,…``; then no other value of the claim is a tenant."""
    oidc_scope_claim: str = Field("scope", min_length=1)
    oidc_scope_map: Annotated[tuple[str, ...], NoDecode] = ()
    """``value=scope scope,…``; then no other value of the claim gives anything."""
    oidc_name_claim: str = Field("email", min_length=1)
    """What people are called in the audit log; their ``sub`` where there is none."""
    session_hours: float = Field(8, gt=0, le=24 * 31)
    session_idle_minutes: float = Field(60, gt=0)
    session_unconfirmed_minutes: float = Field(60, gt=0)
    """For so long the issuer is believed of people: where it gives no refresh token, or is away, sessions end then."""

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError("must begin with http:// or https:// and name a host")
        return value.rstrip("/")

    @field_validator("trusted_proxies", "oidc_tenant_map", "oidc_scope_map", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ip_network(network)  # its ValueError says what is wrong
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_address(cls, value: str) -> str:
        if value and not is_safe(value):
            raise ValueError("must begin with https://, or be on this machine")
        return value

    @field_validator("oidc_tenant_map", "oidc_scope_map")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(name and worth for name, _, worth in (pair.rpartition("=") for pair in value)):
            raise ValueError("must be value=name, with commas between")
        return value

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
