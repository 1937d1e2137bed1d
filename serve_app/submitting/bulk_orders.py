"""From an order to what is stored of it. Everything that can be wrong with it is said here, before anything is registered."""

from collections.abc import Iterable

from cluster.bulks.order import Rule, Source, SourceKind, StoredOrder, Template
from cluster.settings import Settings
from jobs_store.errors import InvalidAddressError
from jobs_store.jobs import Priority
from jobs_store.storage.imports import open_import
from jobs_store.tenants import Tenant
from scanner.assessments import is_template, tells_reports_apart
from scanner.model import ImportType
from scanner.options import ImportOptions
from serve_app.answering.request_context import current_request
from serve_app.errors import InvalidParametersError
from serve_app.schemas.bulks import BulkOrder
from serve_app.schemas.form_fields import FormFields, merged_options
from serve_app.submitting.submission import check_phoenix, import_options, with_defaults


def stored_order(order: BulkOrder, settings: Settings, tenant: Tenant, stored_bytes: int | None) -> StoredOrder:
    """``stored_bytes`` is what the tenant may have stored at once. Raises `InvalidParametersError`, `UnknownFormatError`."""
    _check_addresses("objects", order.objects, settings, tenant.name)
    _check_addresses("prefixes", order.prefixes, settings, tenant.name)
    shared = with_defaults(tenant, order.options)
    rules = []
    for rule in order.rules:
        fields = merged_options(shared, rule.options)
        rules.append(Rule(rule.pattern, None if rule.skip else _template(fields, settings, tenant)))
    sources = [
        *(Source(SourceKind.UPLOAD, reference) for reference in _distinct(order.uploads)),
        *(Source(SourceKind.ARCHIVE, reference) for reference in _distinct(order.archives)),
        *(Source(SourceKind.OBJECT, reference) for reference in _distinct(order.objects)),
        *(Source(SourceKind.PREFIX, reference) for reference in _distinct(order.prefixes)),
    ]
    return StoredOrder(tuple(sources), tuple(rules), _template(shared, settings, tenant), stored_bytes)


def overwrites(order: StoredOrder) -> bool:
    """Whether reports share an assessment that each of them replaces: only the last one's findings would stay open."""
    options = [ImportOptions.decode(template.processing_options) for template in order.templates]
    return any(each.import_type is ImportType.NEW and not tells_reports_apart(each.assessment_name) for each in options)


def _template(fields: FormFields, settings: Settings, tenant: Tenant) -> Template:
    phoenix_url = check_phoenix(fields, settings, tenant)
    options = import_options(fields, settings)
    return Template(
        scanner_type=fields.scanner_type,
        import_type=options.import_type,
        processing_options=options.encode(),
        asset_type=options.asset_type,
        assessment_name=None if is_template(options.assessment_name) else options.assessment_name or None,
        phoenix_client_id=fields.phoenix_client_id,
        phoenix_client_secret=fields.phoenix_client_secret,
        phoenix_api_url=phoenix_url,
        webhook_url=fields.webhook_url,
        webhook_headers=fields.webhook_headers,
        request_id=current_request().request_id or None,
        traceparent=current_request().traceparent,
        priority=fields.priority.number if "priority" in fields.model_fields_set else Priority.LOW,
    )


def _check_addresses(field: str, addresses: Iterable[str], settings: Settings, tenant: str) -> None:
    for address in addresses:
        try:
            open_import(address, settings.bulk_allowed_prefixes, tenant=tenant, own=settings.storage_url)
        except InvalidAddressError as error:
            raise InvalidParametersError({field: str(error)}) from error


def _distinct(references: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(references))
