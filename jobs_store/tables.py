"""The tables. Columns of ``jobs`` keep the names that the service's first design gave them; ours stand below them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from jobs_store.columns import FreeText, Instant
from jobs_store.dialects import now

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_SEALED_URL = Text().with_variant(String(1024), "sqlite")
"""It was that short before URLs were encrypted; SQLite keeps no lengths, and would alter a column by copying its table."""

tenants = Table(
    "tenants",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("title", FreeText(256), nullable=False),
    Column("uploads_per_minute", BigInteger),
    Column("bytes_per_day", BigInteger),
    Column("stored_bytes", BigInteger),
    Column("jobs_waiting", BigInteger),
    Column("jobs_running", BigInteger),
    Column("watchers", BigInteger),
    Column("graphql_cost", BigInteger),
    Column("share", Integer, nullable=False, default=1, server_default="1"),
    Column("retention_days", Float),
    Column("defaults", Text, nullable=False),  # JSON
    Column("phoenix_url", String(512)),
    Column("phoenix_client_id", Text),  # encrypted
    Column("phoenix_client_secret", Text),  # encrypted
    Column("webhook_secrets", Text),  # JSON, encrypted: the one to sign with, and until when the one before is good
    Column("uses_service_account", Boolean, nullable=False, default=False, server_default=false()),
    Column("created_at", Instant, nullable=False, default=now()),
    Column("disabled_at", Instant),
    Column("removed_at", Instant),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", String(64), primary_key=True),
    Column("status", String(20), nullable=False),
    Column("created_at", Instant, nullable=False, default=now()),
    Column("started_at", Instant),
    Column("completed_at", Instant),
    Column("filename", FreeText(512), nullable=False),
    Column("file_path", String(1024), nullable=False),
    Column("file_size_bytes", BigInteger, nullable=False),
    Column("scanner_type", String(64), nullable=False),
    Column("asset_type", String(32)),
    Column("assessment_name", FreeText(256)),
    Column("import_type", String(20), nullable=False),
    Column("phoenix_client_id", Text),  # encrypted
    Column("phoenix_api_url", String(512)),
    Column("processing_options", Text, nullable=False),  # JSON
    Column("progress", Float, nullable=False, default=0.0),
    Column("current_step", FreeText(256)),
    Column("assets_imported", BigInteger),
    Column("vulnerabilities_imported", BigInteger),
    Column("batch_summary", FreeText),  # JSON
    Column("error_message", FreeText),
    Column("error_traceback", FreeText),
    Column("webhook_url", _SEALED_URL),  # encrypted; in clear where it is older than that
    Column("webhook_headers", Text),  # JSON, encrypted
    Column("task_id", String(64)),
    Column("worker_name", FreeText(128)),
    # ours
    Column("phoenix_client_secret", Text),  # encrypted
    Column("sha256", String(64)),
    Column("tenant", String(128), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("idempotency_key", String(256)),
    Column("detected_format", String(64)),
    Column("skipped", BigInteger),
    Column("attempt", Integer, nullable=False, default=0),
    Column("deadline", Instant),
    Column("cancel_requested", Boolean, nullable=False, default=False, server_default=false()),
    Column("planned", Boolean, nullable=False, default=False, server_default=false()),
    Column("lease_token", String(64)),
    Column("lease_expires_at", Instant),
    Column("last_seq", BigInteger, nullable=False, default=0, server_default=text("0")),  # of the job's events
    Column("cleaned_at", Instant),
    Column("bulk_id", String(64)),
    Column("submitted_by", FreeText(256)),
    Column("request_sha256", String(64)),  # of what came with the idempotency key
    Column("request_id", String(128)),  # of the request that made it
    Column("traceparent", String(64)),  # what comes of it belongs to that trace
    UniqueConstraint("tenant", "idempotency_key"),
    Index("ix_jobs_created_at", "created_at"),
    Index("ix_jobs_status_created_at", "status", "created_at"),
    Index("ix_jobs_tenant_created_at", "tenant", "created_at"),
    Index("ix_jobs_status_completed_at", "status", "completed_at"),
)
Index(  # of jobs of bulks alone, in the order in which they are queued
    "ix_jobs_bulk_id_status_created_at",
    jobs.c.bulk_id,
    jobs.c.status,
    jobs.c.created_at,
    postgresql_where=jobs.c.bulk_id.is_not(None),
    sqlite_where=jobs.c.bulk_id.is_not(None),
)

batches = Table(
    "batches",
    metadata,
    Column("job_id", ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("asset_type", String(32), nullable=False),
    Column("import_type", String(20), nullable=False),
    Column("needs", Text, nullable=False),  # JSON list of numbers
    Column("assets", BigInteger, nullable=False),
    Column("findings", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("storage_key", String(1024)),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("requests", Integer, nullable=False, default=0),
    Column("request_id", Text),
    Column("error", FreeText),
    Column("updated_at", Instant, nullable=False, default=now()),
)

events = Table(
    "events",
    metadata,
    Column("job_id", ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("time", Instant, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("level", String(20), nullable=False),
    Column("payload", FreeText, nullable=False),  # JSON
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(64), primary_key=True),
    Column("name", FreeText(256), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False, default=now()),
    Column("revoked_at", Instant),
    Column("scopes", String(128), nullable=False, server_default=text("'read,submit'")),
    Column("prefix", String(32), nullable=False, server_default=text("''")),
    Column("expires_at", Instant),
    Column("last_used_at", Instant),
    Column("rotated_at", Instant),
    Column("previous_sha256", String(64), index=True),  # good until then, so that who has it can be told of the new one
    Column("previous_until", Instant),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("delivery_id", String(64), primary_key=True),
    Column("job_id", ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", _SEALED_URL, nullable=False),  # as the job has it; empty once it is over
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False, default=now()),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Instant, index=True),  # null once it is over
    Column("delivered_at", Instant),
)

webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("delivery_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("time", Instant, nullable=False, default=now()),
    Column("status_code", Integer),
    Column("error", FreeText),
    ForeignKeyConstraint(["delivery_id"], ["webhook_deliveries.delivery_id"], ondelete="CASCADE"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", String(64), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("state", String(20), nullable=False),
    Column("filename", FreeText(512), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("part_size_bytes", BigInteger, nullable=False),
    Column("storage_key", String(1024), nullable=False),
    Column("parts_id", Text, nullable=False),
    Column("options", Text, nullable=False),  # JSON, encrypted
    Column("job_id", String(64), nullable=False),  # of the job that it may become
    Column("created_at", Instant, nullable=False, default=now()),
    Column("expires_at", Instant, nullable=False),
    Column("submitted_by", FreeText(256)),
    Index("ix_uploads_state_expires_at", "state", "expires_at"),
    Index("ix_uploads_tenant_state", "tenant", "state"),
)

bulks = Table(
    "bulks",
    metadata,
    Column("bulk_id", String(64), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("name", FreeText(256), nullable=False),
    Column("state", String(20), nullable=False),
    Column("progress", Float, nullable=False, default=0.0),
    Column("priority", Integer, nullable=False),
    Column("plan", Text),  # JSON, encrypted; null once it is cleaned
    Column("seed", String(64), nullable=False),  # of its jobs' ids
    Column("idempotency_key", String(256)),
    Column("created_at", Instant, nullable=False, default=now()),
    Column("registered_at", Instant),
    Column("completed_at", Instant),
    Column("members", BigInteger, nullable=False, default=0),
    Column("position", Text, nullable=False, default=""),  # JSON: where registering goes on
    Column("claim", String(64)),  # of whoever registers
    Column("cancel_requested", Boolean, nullable=False, default=False, server_default=false()),
    Column("retry_before", Instant),  # what had ended by then is to be retried
    Column("error", FreeText),
    Column("last_seq", BigInteger, nullable=False, default=0, server_default=text("0")),
    Column("cleaned_at", Instant),
    Column("submitted_by", FreeText(256)),
    Column("request_sha256", String(64)),  # of what came with the idempotency key
    UniqueConstraint("tenant", "idempotency_key"),
    Index("ix_bulks_tenant_created_at", "tenant", "created_at"),
    Index("ix_bulks_state_completed_at", "state", "completed_at"),
)

bulk_members = Table(
    "bulk_members",
    metadata,
    Column("bulk_id", ForeignKey("bulks.bulk_id", ondelete="CASCADE"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("name", FreeText(512), nullable=False),
    Column("job_id", String(64), unique=True),  # null for one that was left out
    Column("reason", FreeText(512)),  # why
    Column("counted_status", String(20)),  # as what `bulk_counts` has it
    Column("counted_scanner", String(64)),
    Column("counted_error", FreeText(256)),
)

bulk_counts = Table(
    "bulk_counts",
    metadata,
    Column("bulk_id", ForeignKey("bulks.bulk_id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("name", FreeText(256), primary_key=True),
    Column("jobs", BigInteger, nullable=False),
)

bulk_changes = Table(  # jobs whose state has changed since they were counted: written with the change, deleted by who counts
    "bulk_changes",
    metadata,
    Column("change_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("bulk_id", String(64), nullable=False),
    Column("job_id", String(64), nullable=False),
)

bulk_events = Table(
    "bulk_events",
    metadata,
    Column("bulk_id", ForeignKey("bulks.bulk_id", ondelete="CASCADE"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("time", Instant, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("level", String(20), nullable=False),
    Column("payload", FreeText, nullable=False),  # JSON
)

audit = Table(  # triggers of its migration let it only be appended to, and be cut off by its retention
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(256), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("object", String(256), nullable=False),
    Column("outcome", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_tenant_seq", "tenant", "seq"),
)

audit_end = Table(  # one row: whoever appends locks it, a trigger moves it
    "audit_end",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),  # of the newest entry
    Column("hash", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Column("cut_seq", BigInteger, nullable=False),  # up to here retention may remove
)

sessions = Table(  # of people who signed in
    "sessions",
    metadata,
    Column("session_id", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),  # of the token in the cookie
    Column("previous_sha256", String(64), index=True),  # of the one before, good for a moment longer
    Column("subject", FreeText(256), nullable=False),
    Column("actor", FreeText(256), nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("scopes", String(256), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("rotated_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("key_sha256", String(64)),  # of the key that it was made from, and ends with; null where an issuer vouched
    Column("renewal", Text),  # what the issuer renews it for, encrypted by whoever asked for it; null where it gave nothing
    Column("confirmed_at", Instant),  # by the issuer, last; null for sessions from before that was noted
    Column("renewing_at", Instant),  # when a replica last set out to have it confirmed
)

tenant_versions = Table(  # triggers of its migration add to it whenever a job or a bulk of the tenant changes
    "tenant_versions",
    metadata,
    Column("tenant", String(128), primary_key=True),
    Column("slot", String(36), primary_key=True),  # one for each transaction that writes at the same time
    Column("version", BigInteger, nullable=False),
)
