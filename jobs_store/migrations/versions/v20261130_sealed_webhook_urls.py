"""Room for webhook URLs that are encrypted. Those that are there in clear are read on, and go with their jobs."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_webhook_urls"
down_revision = "0002"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # it keeps no lengths
    op.alter_column("jobs", "webhook_url", type_=sa.Text(), existing_type=sa.String(length=1024), existing_nullable=True)
    op.alter_column("webhook_deliveries", "url", type_=sa.Text(), existing_type=sa.String(length=1024), existing_nullable=False)
