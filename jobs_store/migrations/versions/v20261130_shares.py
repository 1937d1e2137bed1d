"""Shares of tenants, by which their waiting jobs are claimed. Only adds."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_shares"
down_revision = "20261130_sessions_of_keys"


def upgrade() -> None:
    op.add_column("tenants", sa.Column("share", sa.Integer(), server_default="1", nullable=False))
