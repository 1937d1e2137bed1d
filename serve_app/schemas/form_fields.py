"""The text fields of an upload: names, types, defaults, and what each means."""

import json
import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from jobs_store.jobs import Priority
from scanner.assessments import LONGEST_NAME, require_known_placeholders
from scanner.mappings import MAX_CHARACTERS
from scanner.model import AssetType, ImportType
from scanner.outbound.destinations import parse
from serve_app.errors import InvalidParametersError
from serve_app.schemas.wrong_values import problem_of

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HEADERS_OF_OURS = frozenset(
    {"connection", "content-length", "content-type", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-connection"}
    | {"proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"}
    | {"webhook-id", "webhook-signature", "webhook-timestamp"}
)
"""What belongs to the connection, to the body, or to the webhook's signature."""
_MOST_HEADERS = 32
_MOST_HEADER_CHARACTERS = 4096

_upper = BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value)
_lower = BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)


class JobPriority(StrEnum):
    """As clients write `jobs_store.jobs.Priority`."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def number(self) -> Priority:
        return Priority[self.name]


class FormFields(BaseModel):
    """As SERVICE_API names them. A field that is empty counts as not sent; one that is unknown is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True, use_attribute_docstrings=True)

    scanner_type: str = Field("auto", max_length=64, examples=["auto", "trivy", "Trivy Scan", "nessus"])
    """Slug, product title or common alias of the report's format; `auto` finds out. `GET /api/v1/formats` lists them."""
    mapping: str | None = Field(None, max_length=MAX_CHARACTERS, repr=False)
    """A format of the sender's own as YAML, instead of `scanner_type`, where the service allows it (`ALLOW_SENT_MAPPINGS`)."""
    asset_type: Annotated[AssetType | None, _upper] = None
    """Overrides what the format would choose."""
    assessment_name: str | None = Field(
        None, max_length=LONGEST_NAME, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["payments, nightly", "{path}"]
    )
    """May hold `{scanner}`, `{stem}`, `{path}`, `{asset}`, `{date}`. Default: `<SCANNER>-<file stem>-<YYYYMMDD_HHMM>`, and
    more behind it that only this upload has."""
    path: str | None = Field(None, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["services/api/trivy.json"])
    """What `{path}` stands for. Default: the file's name with the folders that the client sends with it."""
    import_type: Annotated[ImportType, _lower] = ImportType.NEW
    """`new` replaces what the assessment has, `merge` closes what its assets no longer have, `delta` only adds."""
    priority: Annotated[JobPriority, _lower] = JobPriority.NORMAL
    """Among the tenant's own jobs that wait; `low` also waits for other tenants'. Reports of a bulk are `low` by default."""
    phoenix_client_id: str | None = Field(None, max_length=256, repr=False)
    """Overrides the configured one for this job; comes with its secret."""
    phoenix_client_secret: str | None = Field(None, max_length=1024, repr=False)
    """Kept encrypted, and forgotten when the job is cleaned up."""
    phoenix_api_url: str | None = Field(None, max_length=512)
    """Overrides the configured one; must be on the allow-list, and comes with its own client id and secret."""
    enable_batching: bool = True
    """false: one request, or a clear failure if it would exceed the limits."""
    fix_data: bool = True
    """Repair what Phoenix would refuse, and count it."""
    anonymize: bool = False
    """Replace IPs, host, user and account names, consistently within the job."""
    just_tags: bool = False
    """Import no findings: the assets get their tags."""
    create_empty_assets: bool = False
    """Keep findings with severity 1.0, tagged `risk-zeroed` and `original-severity`."""
    create_inventory_assets: bool = False
    """Import an asset without findings with one placeholder finding of severity 1.0."""
    include_dismissed: bool = False
    """Import what the tool or a team has put aside too, tagged `dismissed` with the reason."""
    max_batch_size: int = Field(500, ge=1, le=1_000_000)
    """Most assets in a request."""
    max_payload_mb: float = Field(25.0, gt=0, le=100, allow_inf_nan=False)
    """Most MB in a request."""
    webhook_url: str | None = Field(None, max_length=1024, repr=False, examples=["https://ci.example.com/hooks/phoenix"])
    """Told when the job ends. Must be at a public address, on port 80, 443 or one above 1023."""
    webhook_headers: dict[str, str] | None = Field(None, repr=False, examples=['{"X-Build": "1234"}'])
    """JSON object of text: headers sent with the webhook."""

    @field_validator("assessment_name")
    @classmethod
    def _known_placeholders(cls, value: str | None) -> str | None:
        return value if value is None else require_known_placeholders(value)

    @field_validator("webhook_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None:
            parse(value)
        return value

    @field_validator("webhook_headers", mode="before")
    @classmethod
    def _headers(cls, value: Any) -> Any:
        if isinstance(value, dict):  # in a JSON body it is no text
            value = json.dumps(value)
        return _sendable_headers(value) if isinstance(value, str) else value


def parse_fields(texts: dict[str, str]) -> FormFields:
    """Raises `InvalidParametersError`, which names every field that is wrong."""
    given = {name: text for name, text in texts.items() if text.strip()}
    try:
        return FormFields.model_validate(given)
    except ValidationError as error:
        raise InvalidParametersError({str(item["loc"][0]): problem_of(item) for item in error.errors()}) from error


def no_options() -> FormFields:
    """Every field at its default."""
    return FormFields.model_validate({})


def merged_options(first: FormFields, then: FormFields) -> FormFields:
    """What was said first, overruled by what is said then; a field that is not sent says nothing."""
    return FormFields.model_validate(first.model_dump(exclude_unset=True) | then.model_dump(exclude_unset=True))


def form_schema() -> dict[str, Any]:
    """The multipart form as OpenAPI describes it."""
    fields = FormFields.model_json_schema(ref_template="{model}")
    definitions = fields.pop("$defs", {})
    properties: dict[str, Any] = {
        "file": {"type": "string", "format": "binary", "description": "The report; what counts is its content, not its name."}
    }
    for name, schema in fields["properties"].items():
        properties[name] = _inlined(schema, definitions)
    properties["webhook_headers"] |= {"type": "string", "contentMediaType": "application/json"}
    properties["webhook_headers"].pop("anyOf", None)
    return {"type": "object", "required": ["file"], "properties": properties}


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if reference := schema.get("$ref"):
            return definitions[reference] | {name: value for name, value in schema.items() if name != "$ref"}
        return {name: _inlined(value, definitions) for name, value in schema.items()}
    return [_inlined(item, definitions) for item in schema] if isinstance(schema, list) else schema


def _sendable_headers(text: str) -> dict[str, str]:
    try:
        headers = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise ValueError('must be a JSON object of text, as {"X-Build": "1234"}')
    if len(headers) > _MOST_HEADERS:
        raise ValueError(f"has more than {_MOST_HEADERS} headers")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"{name[:100]!r} is not a header name")
        if name.lower() in _HEADERS_OF_OURS:
            raise ValueError(f"{name} is set by the service")
        if len(value) > _MOST_HEADER_CHARACTERS or not value.isascii() or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise ValueError(f"the value of {name} is not printable ASCII of at most {_MOST_HEADER_CHARACTERS} characters")
    return headers
