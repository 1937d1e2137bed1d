"""What the sender of a report may choose: the form fields of an upload."""

from enum import StrEnum

import msgspec


class AssetType(StrEnum):
    INFRA = "INFRA"
    WEB = "WEB"
    CLOUD = "CLOUD"
    CONTAINER = "CONTAINER"
    REPOSITORY = "REPOSITORY"
    CODE = "CODE"
    BUILD = "BUILD"


class ImportType(StrEnum):
    NEW = "new"
    """The report is the whole truth: findings of the assessment that it lacks are closed."""
    MERGE = "merge"
    """The same, but only for the assets that the report names."""
    DELTA = "delta"
    """Nothing is closed."""


class Priority(StrEnum):
    """Among the tenant's own jobs that wait; low ones also wait for other tenants'."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class SubmitOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What stays None is left to the service, so that a client need not follow its defaults."""

    scanner_type: str | None = None
    """A slug (``trivy``), a product's title or an alias; the service detects it otherwise."""
    mapping: str | None = None
    """A format of one's own as YAML, instead of ``scanner_type``, where the service allows it."""
    asset_type: AssetType | None = None
    assessment_name: str | None = None
    import_type: ImportType | None = None
    priority: Priority | None = None
    phoenix_client_id: str | None = None
    phoenix_client_secret: str | None = None
    phoenix_api_url: str | None = None
    enable_batching: bool | None = None
    fix_data: bool | None = None
    anonymize: bool | None = None
    just_tags: bool | None = None
    create_empty_assets: bool | None = None
    create_inventory_assets: bool | None = None
    include_dismissed: bool | None = None
    """Import what the tool or a team has put aside too, tagged with the reason."""
    max_batch_size: int | None = None
    """Most assets in a request."""
    max_payload_mb: float | None = None
    webhook_url: str | None = None
    webhook_headers: dict[str, str] | None = None

    def form(self) -> dict[str, str]:
        """The fields that were chosen, as a form carries them."""
        return {name: _field(value) for name, value in msgspec.structs.asdict(self).items() if value is not None}


def _field(value: str | bool | float | dict[str, str]) -> str:
    match value:
        case str():
            return str(value)
        case _:
            return msgspec.json.encode(value).decode()
