"""From a form and a stored report to the job that is written. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cluster.settings import Settings
from jobs_store.jobs import NewJob
from jobs_store.tenants import Tenant
from scanner.assessments import is_template
from scanner.catalogue import AUTO, find
from scanner.mappings import format_of
from scanner.mappings.errors import MappingError
from scanner.options import ImportOptions
from scanner.phoenix.credentials import is_same_api
from serve_app.errors import InvalidParametersError
from serve_app.schemas.form_fields import FormFields, merged_options
from serve_app.submitting.request_digests import upload_digest

PHOENIX_FIELDS = frozenset({"phoenix_client_id", "phoenix_client_secret", "phoenix_api_url"})
MOST_FILENAME_CHARACTERS = 255
MOST_PATH_CHARACTERS = 1024


@dataclass(frozen=True, slots=True)
class StoredReport:
    """The upload, durable in object storage."""

    key: str
    filename: str
    size_bytes: int
    sha256: str | None


def label(filename: str) -> str:
    """A client's file name as something to show: never a path, no control characters, at most 255 characters."""
    last = re.split(r"[/\\]", filename)[-1]
    shown = "".join(letter for letter in last if letter.isprintable()).strip()
    return shown[:MOST_FILENAME_CHARACTERS] if shown.strip(". ") else "report"


def path_of(filename: str) -> str:
    """A client's file name with its folders, as something to call an assessment by; empty where it has none."""
    parts = [part for part in re.split(r"[/\\]", filename) if part not in ("", ".")]
    shown = "".join(letter for letter in "/".join(parts) if letter.isprintable()).strip()
    return shown[:MOST_PATH_CHARACTERS] if len(parts) > 1 else ""


def import_options(fields: FormFields, settings: Settings, *, path: str = "") -> ImportOptions:
    """Raises `UnknownFormatError`, `InvalidParametersError`. The assessment is named when its report has been read."""
    return ImportOptions(
        scanner_type=_slug(fields, settings),
        mapping=fields.mapping or "",
        asset_type=fields.asset_type,
        assessment_name=fields.assessment_name or settings.assessment_name,
        path=fields.path or path,
        import_type=fields.import_type,
        enable_batching=fields.enable_batching,
        fix_data=fields.fix_data,
        anonymize=fields.anonymize,
        just_tags=fields.just_tags,
        create_empty_assets=fields.create_empty_assets,
        create_inventory_assets=fields.create_inventory_assets,
        include_dismissed=fields.include_dismissed,
        max_batch_size=fields.max_batch_size,
        max_payload_mb=fields.max_payload_mb,
    )


def _slug(fields: FormFields, settings: Settings) -> str:
    if fields.mapping is None:
        return AUTO if fields.scanner_type.lower() == AUTO else find(fields.scanner_type).slug
    if not settings.allow_sent_mappings:
        raise InvalidParametersError({"mapping": "is not allowed; the service's administrator sets ALLOW_SENT_MAPPINGS"})
    try:
        return format_of(fields.mapping).slug
    except MappingError as error:
        raise InvalidParametersError({"mapping": f"{error.place}: {error.reason}"}) from error


def with_defaults(tenant: Tenant, fields: FormFields) -> FormFields:
    """What the tenant has said once, overruled by what comes with the upload."""
    return merged_options(FormFields.model_validate(tenant.defaults), fields) if tenant.defaults else fields


def check_phoenix(fields: FormFields, settings: Settings, tenant: Tenant) -> str | None:
    """Whether the job will have credentials, and they go where they belong. Raises `InvalidParametersError`.

    Gives back the URL to keep with the job: where its own credentials go, whatever is configured later.
    """
    usual = tenant.phoenix_url if tenant.has_phoenix_secret and tenant.phoenix_url else settings.phoenix_api_url
    own_id, own_secret, url = fields.phoenix_client_id, fields.phoenix_client_secret, fields.phoenix_api_url
    problems: dict[str, str] = {}
    if own_id and not own_secret:
        problems["phoenix_client_secret"] = "is missing: a client id comes with its secret"  # noqa: S105  # a message
    if own_secret and not own_id:
        problems["phoenix_client_id"] = "is missing: a client secret comes with its id"
    if url and not is_among(url, (usual, *allowed_urls(settings))):
        problems["phoenix_api_url"] = "is not allowed; the service's administrator lists it in PHOENIX_ALLOWED_URLS"
    elif url and not own_id and not own_secret and not is_among(url, (usual,)):
        problems["phoenix_client_id"] = "is missing: the configured credentials are never sent to another URL"
    has_service_account = settings.phoenix_client_id and settings.phoenix_client_secret.get_secret_value()
    configured = tenant.has_phoenix_secret or (tenant.uses_service_account and has_service_account)
    if not problems and not own_id and not configured:
        problems["phoenix_client_id"] = (
            "no Phoenix credentials: send phoenix_client_id and phoenix_client_secret, "
            f"or store some for the tenant {tenant.name}, or set PHOENIX_CLIENT_ID and PHOENIX_CLIENT_SECRET for the service"
        )
    if problems:
        raise InvalidParametersError(problems)
    return url or (usual if own_id else None)


def allowed_urls(settings: Settings) -> tuple[str, ...]:
    """Where credentials may be sent at all."""
    return settings.phoenix_api_url, *settings.phoenix_allowed_urls


def new_job(
    job_id: str,
    report: StoredReport,
    fields: FormFields,
    options: ImportOptions,
    *,
    tenant: str,
    submitted_by: str,
    phoenix_url: str | None,
    idempotency_key: str | None = None,
    request_id: str | None = None,
    traceparent: str | None = None,
) -> NewJob:
    return NewJob(
        job_id=job_id,
        filename=report.filename,
        file_path=report.key,
        file_size_bytes=report.size_bytes,
        sha256=report.sha256,
        scanner_type=fields.scanner_type,
        asset_type=options.asset_type,
        assessment_name=None if is_template(options.assessment_name) else options.assessment_name or None,
        import_type=options.import_type,
        phoenix_client_id=fields.phoenix_client_id,
        phoenix_client_secret=fields.phoenix_client_secret,
        phoenix_api_url=phoenix_url,
        processing_options=options.encode(),
        webhook_url=fields.webhook_url,
        webhook_headers=fields.webhook_headers,
        priority=fields.priority.number,
        tenant=tenant,
        submitted_by=submitted_by,
        idempotency_key=idempotency_key,
        request_id=request_id,
        traceparent=traceparent,
        request_sha256=None if idempotency_key is None else upload_digest(report.sha256, report.filename, fields),
    )


def is_among(url: str, allowed: Iterable[str]) -> bool:
    return any(is_same_api(url, other) for other in allowed)
