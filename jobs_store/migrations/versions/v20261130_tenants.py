"""Tenants as rows; keys with scopes, expiry and rotation; who submitted what.

Whoever has jobs or keys becomes a tenant that goes on using the service's own Phoenix account, as it did; keys may do what they
could do before. Only adds.
"""

import sqlalchemy as sa
from alembic import op

from jobs_store.dialects import now

revision = "20261130_tenants"
down_revision = "20261130_webhook_urls"

_LIMITS = ("uploads_per_minute", "bytes_per_day", "stored_bytes", "jobs_waiting", "jobs_running", "watchers", "graphql_cost")


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("title", sa.String(length=256), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in _LIMITS),
        sa.Column("retention_days", sa.Float(), nullable=True),
        sa.Column("defaults", sa.Text(), nullable=False),
        sa.Column("phoenix_url", sa.String(length=512), nullable=True),
        sa.Column("phoenix_client_id", sa.Text(), nullable=True),
        sa.Column("phoenix_client_secret", sa.Text(), nullable=True),
        sa.Column("webhook_secrets", sa.Text(), nullable=True),
        sa.Column("uses_service_account", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_tenants"),
    )
    for table in ("jobs", "uploads", "bulks"):
        op.add_column(table, sa.Column("submitted_by", sa.String(length=256), nullable=True))
    for table in ("jobs", "bulks"):
        op.add_column(table, sa.Column("request_sha256", sa.String(length=64), nullable=True))
    for column in (
        sa.Column("scopes", sa.String(length=128), server_default=sa.text("'read,submit'"), nullable=False),
        sa.Column("prefix", sa.String(length=32), server_default=sa.text("''"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("previous_sha256", sa.String(length=64), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("api_keys", column)
    op.create_index("ix_api_keys_previous_sha256", "api_keys", ["previous_sha256"], unique=False)
    _insert_tenants()


def _insert_tenants() -> None:
    owners = (sa.select(sa.table(name, sa.column("tenant")).c.tenant) for name in ("jobs", "api_keys", "uploads", "bulks"))
    known = sa.union(sa.select(sa.literal("default").label("tenant")), *owners).subquery()
    tenants = sa.table("tenants", *map(sa.column, ("name", "title", "defaults", "uses_service_account", "created_at")))
    values = sa.select(known.c.tenant, sa.literal(""), sa.literal("{}"), sa.true(), now())
    op.execute(sa.insert(tenants).from_select(list(tenants.c.keys()), values))
