"""Settings of the service, from the environment and from ``DIR/.env`` of the embedded data folder; see docs/settings.md."""

import base64
import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from cluster.errors import SettingsMissingError
from jobs_store.engine import database_address
from jobs_store.errors import InvalidAddressError
from jobs_store.storage import require_storage_address
from scanner.assessments import LONGEST_NAME, require_known_placeholders
from scanner.model import Tag
from scanner.outbound.addresses import Reach

MEGABYTE = 1_000_000
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
SECRETS_FILE = "PHOENIX_SCANNER_SECRETS_FILE"
"""Names a JSON file of secret settings, mode 0600, for processes that do not have them in their environment."""
SECRET_FIELDS = frozenset(
    {
        "api_key",
        "secret_key",
        "database_url",
        "redis_url",
        "phoenix_client_id",
        "phoenix_client_secret",
        "webhook_secret",
        "oidc_client_secret",
        "metrics_token",
        "otel_exporter_otlp_headers",
    }
)
"""What never leaves a process; addresses are among them because they hold passwords."""


class Settings(BaseSettings):
    """One object per process, handed to everything that needs it.

    Names of the environment variables are the fields' in upper case. It travels to the cluster's actors without its secrets,
    since Ray keeps and shows what actors are started with: wherever it arrives, the process there adds its own, from its
    environment or from the file that ``PHOENIX_SCANNER_SECRETS_FILE`` names; `SettingsMissingError` where it has none.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    def __reduce__(self) -> "tuple[Callable[..., Settings], tuple[dict[str, Any], frozenset[str]]]":
        return arrived, (self.model_dump(mode="json", exclude=set(SECRET_FIELDS)), frozenset(_clear(self)))

    def told(self) -> "Callable[[], Settings]":
        """They themselves, for a process that only hands them on: it needs no secrets until it asks."""
        function, arguments = self.__reduce__()
        return partial(function, *arguments)

    api_key: SecretStr
    """Opens every route, as tenant ``default``."""
    secret_key: SecretStr
    """Encrypts secrets at rest, signs WebSocket tokens and webhooks. Several with commas between: the newest first."""
    enable_auth: bool = True
    database_url: str = Field(repr=False)
    redis_url: str | None = Field(None, repr=False)
    """Progress across replicas; without it, an actor carries it."""
    storage_url: str
    """``file:///folder`` or ``s3://bucket/prefix``."""

    max_upload_size_mb: int = Field(500, gt=0)
    max_direct_upload_gb: float = Field(100, gt=0)
    """The largest report that may come in parts, or as a member of a bulk."""
    upload_expires_hours: float = Field(24, gt=0)
    """What has been uploaded in parts and is not used by then is removed."""
    mappings_dir: str = ""
    """A folder of formats as YAML, the same on all nodes: docs/mappings.md. Read when a process starts."""
    allow_sent_mappings: bool = False
    """Lets an upload bring a format of its own."""
    bulk_allowed_prefixes: Annotated[tuple[str, ...], NoDecode] = ()
    """Where bulks may take reports from, comma-separated: ``s3://bucket/prefix?endpoint=…&region=…`` or ``file:///folder``;
    ``{tenant}`` in one stands for the tenant that asks."""
    bulk_max_members: int = Field(100_000, gt=0)
    bulk_max_unpacked_mb: int = Field(1_000_000, gt=0)
    """What the members of an archive of a bulk may come to; their tenant's ``stored_bytes`` may be less."""
    max_concurrent_jobs: int = Field(64, gt=0)
    """Jobs under way at once in the whole cluster."""
    max_jobs_per_tenant: int = Field(48, gt=0)
    """Of these, so that a tenant whose Phoenix is slow leaves room for others."""
    job_timeout: int = Field(3600, gt=0)
    """Seconds a job may take from being claimed."""
    assessment_name: str = Field("", max_length=LONGEST_NAME)
    """Of uploads that name none: a name, or a template of `scanner.assessments`."""
    cleanup_after_days: float = Field(7, ge=0)
    audit_keep_days: float = Field(365, ge=1, le=100_000)
    """Entries of the audit log that are older are cut off."""
    log_level: str = "INFO"

    phoenix_client_id: str = ""
    phoenix_client_secret: SecretStr = SecretStr("")
    phoenix_api_url: str = "https://api.securityphoenix.cloud"
    phoenix_allowed_urls: Annotated[tuple[str, ...], NoDecode] = ()
    """Other base URLs that an upload may name, comma-separated; ``phoenix_api_url`` always may."""
    phoenix_tags: Annotated[tuple[str, ...], NoDecode] = ()
    """Tags put on every asset, comma-separated: ``team=payments,imported``."""
    phoenix_import_timeout: int = Field(3600, gt=0)
    """Seconds to wait for Phoenix to finish an import that it accepted."""

    short_report_mb: float = 16.0
    """Reports up to this size are translated and planned by one task; larger ones are cut into shards."""
    shard_mb: float = 16.0
    large_report_mb: float = Field(0, ge=0)
    """From this size on a report is worked on by nodes that have ``large_report_label`` and no others; 0: by all."""
    large_report_label: str = Field("phoenix-scanner/reports=large", pattern=r"^[A-Za-z0-9./_-]{1,127}=[A-Za-z0-9._-]{1,63}$")
    """As ``ray start --labels`` has it. Without such a node, or one that an autoscaler can start, those reports wait."""
    max_unpacked_mb: int = Field(20_000, gt=0)
    """What a packed report may become, all of its members together. MB, of a million bytes."""
    task_memory_mb: int = Field(2048, ge=128)
    """Private memory of a process that reads a report; one that needs more fails its job. MiB."""
    task_seconds: float = Field(600, gt=0)
    """The same for the time of one step: reading, translating a shard, planning a partition."""
    coordinators: int = Field(1, gt=0)
    """Each carries up to 64 jobs and has worker processes of its own: Ray does not share them between detached actors."""
    importers: int = Field(2, gt=0)
    actors_together: bool = False
    """All of the service's actors but the importers in one process: less memory and a shorter start, for one machine."""
    actor_resource: str = ""
    """A resource that only nodes offer which always stay: the service's actors then run nowhere else, and others may go."""
    lease_seconds: float = 30.0
    max_attempts: int = Field(5, gt=0)
    """Times a job is taken up again after the process that carried it died."""

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    websocket_anonymous: bool = False
    """Lets clients watch a job without key or token, as those of the earlier service do."""
    oidc_client_secret: SecretStr | None = None
    """Of the client by which people sign in; with the other secrets, because the edge's own settings travel in clear."""
    otel_exporter_otlp_endpoint: str = ""
    """Where traces go, by OTLP over HTTP. On a cluster each node has it in its environment."""
    otel_exporter_otlp_headers: SecretStr | None = None
    """``name=value,…`` to send along: a collector's key."""
    metrics_token: SecretStr | None = None
    """Opens ``/metrics`` and nothing else; without it only the key of an operator does."""
    webhook_secret: SecretStr | None = None
    """``whsec_…``, for receivers to verify webhooks with; made of ``SECRET_KEY`` where it is not set."""
    webhook_allow_private: bool = False
    """Lets webhooks go to private and loopback addresses; never to link-local ones and to what clouds tell credentials at."""

    @field_validator("database_url", "storage_url")
    @classmethod
    def _usable_address(cls, value: str, field: ValidationInfo) -> str:
        try:
            database_address(value) if field.field_name == "database_url" else require_storage_address(value)
        except InvalidAddressError as error:
            raise ValueError(error.reason) from error
        return value

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, value: str | None) -> str | None:
        if value and not (value.startswith(_REDIS_SCHEMES) and _has_host(value)):
            raise ValueError(f"must begin with one of {', '.join(_REDIS_SCHEMES)} and name a host")
        return value

    @field_validator("phoenix_api_url", "phoenix_allowed_urls", "cors_origins")
    @classmethod
    def _web_addresses(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if address != "*" and not (address.startswith(("http://", "https://")) and _has_host(address)):
                raise ValueError("must begin with http:// or https:// and name a host")
        return value

    @field_validator("bulk_allowed_prefixes")
    @classmethod
    def _import_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(address.startswith(("s3://", "file:///")) for address in value):
            raise ValueError("must be s3://bucket/prefix or file:///folder, with commas between")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _signing_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_signing_key(value.get_secret_value()):
            raise ValueError("must be whsec_ and 24 to 64 bytes in base64")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in _LEVELS:
            raise ValueError(f"must be one of {', '.join(_LEVELS)}")
        return value

    @field_validator("assessment_name")
    @classmethod
    def _known_placeholders(cls, value: str) -> str:
        return require_known_placeholders(value)

    @field_validator("phoenix_allowed_urls", "phoenix_tags", "cors_origins", "bulk_allowed_prefixes", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @property
    def tags(self) -> tuple[Tag, ...]:
        pairs = (text.partition("=") for text in self.phoenix_tags)
        return tuple(Tag(value, key) if equals else Tag(key) for key, equals, value in pairs)

    @property
    def max_upload_bytes(self) -> int:
        return self.max_upload_size_mb * MEGABYTE

    @property
    def max_direct_upload_bytes(self) -> int:
        return int(self.max_direct_upload_gb * 1000 * MEGABYTE)

    @property
    def short_report_bytes(self) -> int:
        return int(self.short_report_mb * MEGABYTE)

    def labels_for(self, report_bytes: int) -> tuple[tuple[str, str], ...]:
        """Of the nodes that work on a report of this size; none: any."""
        if not self.large_report_mb or report_bytes < self.large_report_mb * 1_000_000:
            return ()
        key, _, value = self.large_report_label.partition("=")
        return ((key, value),)

    @property
    def shard_bytes(self) -> int:
        return int(self.shard_mb * MEGABYTE)

    @property
    def webhook_reach(self) -> Reach:
        return Reach.OWN if self.webhook_allow_private else Reach.PUBLIC

    @property
    def lease_for(self) -> timedelta:
        return timedelta(seconds=self.lease_seconds)

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=self.job_timeout)


def _is_signing_key(text: str) -> bool:
    try:
        return text.startswith("whsec_") and 24 <= len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) <= 64
    except ValueError:
        return False


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no number
        return parts.scheme == "unix" or bool(parts.hostname)
    except ValueError:
        return False


def load_settings(env_file: Path | None = None, **overrides: object) -> Settings:
    """``overrides``, then the environment, then ``env_file``. Raises pydantic's ``ValidationError``, which names each field."""
    return Settings(_env_file=env_file, **overrides)  # type: ignore[call-arg, arg-type]


def secrets_of(settings: Settings) -> bytes:
    """What stands in the file that ``PHOENIX_SCANNER_SECRETS_FILE`` names."""
    return msgspec.json.encode({name.upper(): value for name, value in _clear(settings).items()})


def arrived(told: dict[str, Any], secret_names: frozenset[str]) -> Settings:
    """Settings that came without secrets, completed with this process's own. Raises `SettingsMissingError`."""
    try:
        settings = load_settings(None, **told, **_own_secrets())
    except ValidationError as error:
        names = ("_".join(map(str, item["loc"])) for item in error.errors())
        raise SettingsMissingError(", ".join(names).upper()) from None
    if missing := secret_names - _clear(settings).keys():
        raise SettingsMissingError(", ".join(sorted(missing)).upper())
    return settings


def own_secret(name: str) -> str:
    """A secret setting for who has no `Settings`, from the same places; empty where it is not made."""
    return os.environ.get(name.upper(), "") or _own_secrets().get(name, "")


def _clear(settings: Settings) -> dict[str, str]:
    """The secret settings that have been made."""
    values = {name: getattr(settings, name) for name in sorted(SECRET_FIELDS)}
    clear = {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in values.items()}
    return {name: value for name, value in clear.items() if value}


def _own_secrets() -> dict[str, str]:
    file = os.environ.get(SECRETS_FILE)
    if not file:
        return {}
    try:
        found = msgspec.json.decode(Path(file).read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsMissingError(f"what {SECRETS_FILE} names ({type(error).__name__})") from None
    return {name.lower(): value for name, value in found.items() if name.lower() in SECRET_FIELDS}
