"""Direct uploads; bulks with their members, counts, changes and events; the bulk of a job. Only adds."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("upload_id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("filename", sa.String(length=512), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("part_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.String(length=1024), nullable=False),
        sa.Column("parts_id", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_state_expires_at", "uploads", ["state", "expires_at"], unique=False)
    op.create_index("ix_uploads_tenant_state", "uploads", ["tenant", "state"], unique=False)
    _create_bulks()
    op.add_column("jobs", sa.Column("bulk_id", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_jobs_bulk_id_status_created_at",
        "jobs",
        ["bulk_id", "status", "created_at"],
        unique=False,
        postgresql_where=sa.text("bulk_id IS NOT NULL"),
        sqlite_where=sa.text("bulk_id IS NOT NULL"),
    )


def _create_bulks() -> None:
    op.create_table(
        "bulks",
        sa.Column("bulk_id", sa.String(length=64), nullable=False),
        sa.Column("tenant", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=True),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=256), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("retry_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cleaned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("bulk_id", name="pk_bulks"),
        sa.UniqueConstraint("tenant", "idempotency_key", name="uq_bulks_tenant_idempotency_key"),
    )
    op.create_index("ix_bulks_state_completed_at", "bulks", ["state", "completed_at"], unique=False)
    op.create_index("ix_bulks_tenant_created_at", "bulks", ["tenant", "created_at"], unique=False)
    op.create_table(
        "bulk_members",
        sa.Column("bulk_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(length=512), nullable=True),
        sa.Column("counted_status", sa.String(length=20), nullable=True),
        sa.Column("counted_scanner", sa.String(length=64), nullable=True),
        sa.Column("counted_error", sa.String(length=256), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.bulk_id"], name="fk_bulk_members_bulks", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bulk_id", "number", name="pk_bulk_members"),
        sa.UniqueConstraint("job_id", name="uq_bulk_members_job_id"),
    )
    op.create_table(
        "bulk_counts",
        sa.Column("bulk_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("jobs", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.bulk_id"], name="fk_bulk_counts_bulks", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bulk_id", "kind", "name", name="pk_bulk_counts"),
    )
    op.create_table(
        "bulk_changes",
        sa.Column("change_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bulk_id", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name="pk_bulk_changes"),
    )
    op.create_table(
        "bulk_events",
        sa.Column("bulk_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulks.bulk_id"], name="fk_bulk_events_bulks", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("bulk_id", "seq", name="pk_bulk_events"),
    )
