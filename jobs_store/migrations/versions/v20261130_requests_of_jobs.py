"""Which request made a job, and the trace that it belongs to. Only adds."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_requests"
down_revision = "20261130_shares"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("request_id", sa.String(length=128), nullable=True))
    op.add_column("jobs", sa.Column("traceparent", sa.String(length=64), nullable=True))
