"""Sessions that were made from an API key. Only adds."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_sessions_of_keys"
down_revision = "20261130_tenant_versions"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("key_sha256", sa.String(length=64), nullable=True))
