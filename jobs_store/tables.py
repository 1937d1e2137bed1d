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
    Column("webhook_url", String(1024)),
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
    UniqueConstraint("tenant", "idempotency_key"),
    Index("ix_jobs_created_at", "created_at"),
    Index("ix_jobs_status_created_at", "status", "created_at"),
    Index("ix_jobs_tenant_created_at", "tenant", "created_at"),
    Index("ix_jobs_status_completed_at", "status", "completed_at"),
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
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("delivery_id", String(64), primary_key=True),
    Column("job_id", ForeignKey("jobs.job_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("url", String(1024), nullable=False),
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
