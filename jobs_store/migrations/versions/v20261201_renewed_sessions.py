"""Sessions that are confirmed by their issuer now and then. Only adds."""

import sqlalchemy as sa
from alembic import op

revision = "20261201_renewed_sessions"
down_revision = "20261130_requests"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("renewal", sa.Text(), nullable=True))
    op.add_column("sessions", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sessions", sa.Column("renewing_at", sa.DateTime(timezone=True), nullable=True))
