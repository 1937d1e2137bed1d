"""What a bulk consists of and how each of its reports shall be imported; kept encrypted, for it may hold credentials."""

import hashlib
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from jobs_store.bulks import Bulk
from jobs_store.jobs import NewJob, Priority
from scanner.options import ImportOptions


class SourceKind(StrEnum):
    UPLOAD = "upload"
    """A report that was uploaded in parts."""
    ARCHIVE = "archive"
    """An upload that holds many reports: zip, tar, or a compressed tar."""
    OBJECT = "object"
    """A report in an allowed place of a bucket or folder."""
    PREFIX = "prefix"
    """All reports below such a place."""


class Source(msgspec.Struct, frozen=True):
    """``reference`` is an upload's id, or an address as `jobs_store.storage.imports` takes it."""

    kind: SourceKind
    reference: str


class Template(msgspec.Struct, frozen=True, omit_defaults=True):
    """A job without its report."""

    scanner_type: str
    import_type: str
    processing_options: str
    asset_type: str | None = None
    assessment_name: str | None = None
    phoenix_client_id: str | None = None
    phoenix_client_secret: str | None = None
    phoenix_api_url: str | None = None
    webhook_url: str | None = None
    webhook_headers: dict[str, str] | None = None
    request_id: str | None = None
    traceparent: str | None = None
    priority: int = Priority.LOW
    """Below single uploads, which somebody may be waiting for, unless the order says otherwise."""


class Rule(msgspec.Struct, frozen=True):
    """For names that the shell pattern fits, as a whole or in their last segment. Without a template they are left out."""

    pattern: str
    template: Template | None

    def fits(self, name: str) -> bool:
        return fnmatchcase(name, self.pattern) or fnmatchcase(name.rpartition("/")[2], self.pattern)


class StoredOrder(msgspec.Struct, frozen=True):
    sources: tuple[Source, ...]
    rules: tuple[Rule, ...]
    template: Template
    """For names that no rule fits."""
    stored_bytes: int | None = None
    """What its tenant may have stored at once; None: anything."""

    @property
    def templates(self) -> list[Template]:
        """Whatever a job of it may be made of."""
        return [self.template, *(rule.template for rule in self.rules if rule.template)]

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> "StoredOrder":
        return msgspec.json.decode(text, type=cls)

    def rule_for(self, name: str) -> Rule:
        """The first that fits."""
        return next((rule for rule in self.rules if rule.fits(name)), Rule("*", self.template))


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where registering goes on: in which source, after which of its members. ``errors`` are of sources that broke off."""

    source: int = 0
    started: bool = False
    members_done: int = 0
    after: str = ""
    errors: tuple[str, ...] = ()

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def decode(cls, text: str) -> "Position":
        return msgspec.json.decode(text, type=cls) if text else cls()


def job_id_of(bulk: Bulk, number: int) -> str:
    """The same whenever the member is registered again, and nothing that an outsider could guess."""
    return f"job-{hashlib.sha256(f'{bulk.seed}:{number}'.encode()).hexdigest()[:32]}"


def job_of(
    bulk: Bulk, template: Template, job_id: str, *, name: str, key: str, size_bytes: int, sha256: str | None = None
) -> NewJob:
    """``name`` is the report's, with its folders."""
    filename = name.replace("\\", "/").rpartition("/")[2] or "report"
    options = template.processing_options
    if name != filename:
        options = msgspec.structs.replace(ImportOptions.decode(options), path=name).encode()
    return NewJob(
        job_id=job_id,
        filename=filename,
        file_path=key,
        file_size_bytes=size_bytes,
        sha256=sha256,
        scanner_type=template.scanner_type,
        asset_type=template.asset_type,
        assessment_name=template.assessment_name,
        import_type=template.import_type,
        phoenix_client_id=template.phoenix_client_id,
        phoenix_client_secret=template.phoenix_client_secret,
        phoenix_api_url=template.phoenix_api_url,
        processing_options=options,
        webhook_url=template.webhook_url,
        webhook_headers=template.webhook_headers,
        tenant=bulk.tenant,
        priority=template.priority,
        bulk_id=bulk.bulk_id,
        submitted_by=bulk.submitted_by,
        request_id=template.request_id,
        traceparent=template.traceparent,
    )
