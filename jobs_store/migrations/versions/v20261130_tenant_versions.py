"""Versions of what a tenant has, counted by triggers on jobs and bulks. Only adds.

A version is the sum of a tenant's slots. Whoever writes adds to a slot that no other transaction holds, or makes one, so
nobody waits for anybody; and as it is done by the transaction of the change itself, it is seen with the change, never before.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_tenant_versions"
down_revision = "20261130_sessions"

_JOBS = (
    "status, progress, current_step, started_at, completed_at, filename, scanner_type, detected_format, asset_type, "
    "assessment_name, assets_imported, vulnerabilities_imported, skipped, error_message, batch_summary, tenant, bulk_id, "
    "submitted_by"
)
"""What is shown of a job: the renewal of a lease changes nothing for those who look on."""
_BULKS = "name, state, progress, registered_at, completed_at, members, error, tenant, submitted_by"
_POSTGRESQL = (
    """CREATE FUNCTION add_to_version(changed text) RETURNS void LANGUAGE plpgsql AS $$
       BEGIN
         UPDATE tenant_versions SET version = version + 1 WHERE tenant = changed AND slot = (
           SELECT slot FROM tenant_versions WHERE tenant = changed LIMIT 1 FOR UPDATE SKIP LOCKED);
         IF NOT FOUND THEN
           INSERT INTO tenant_versions (tenant, slot, version) VALUES (changed, gen_random_uuid()::text, 1);
         END IF;
       END $$""",
    """CREATE FUNCTION tenants_came() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM add_to_version(tenant) FROM (SELECT DISTINCT tenant FROM came) AS tenants; RETURN NULL; END $$""",
    """CREATE FUNCTION tenants_went() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM add_to_version(tenant) FROM (SELECT DISTINCT tenant FROM went) AS tenants; RETURN NULL; END $$""",
    """CREATE FUNCTION tenant_changed() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         PERFORM add_to_version(NEW.tenant);
         IF OLD.tenant <> NEW.tenant THEN PERFORM add_to_version(OLD.tenant); END IF;
         RETURN NULL;
       END $$""",
    """CREATE FUNCTION tenant_of_bulk_changed() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN PERFORM add_to_version(tenant) FROM bulks WHERE bulk_id = NEW.bulk_id; RETURN NULL; END $$""",
    *(
        statement
        for table, columns in (("jobs", _JOBS), ("bulks", _BULKS))
        for statement in (
            f"""CREATE TRIGGER {table}_came AFTER INSERT ON {table} REFERENCING NEW TABLE AS came
                FOR EACH STATEMENT EXECUTE FUNCTION tenants_came()""",
            f"""CREATE TRIGGER {table}_went AFTER DELETE ON {table} REFERENCING OLD TABLE AS went
                FOR EACH STATEMENT EXECUTE FUNCTION tenants_went()""",
            f"""CREATE TRIGGER {table}_changed AFTER UPDATE OF {columns} ON {table}
                FOR EACH ROW EXECUTE FUNCTION tenant_changed()""",
        )
    ),
    """CREATE TRIGGER bulk_counts_changed AFTER INSERT OR UPDATE ON bulk_counts
       FOR EACH ROW EXECUTE FUNCTION tenant_of_bulk_changed()""",
)
_ADD_SQLITE = """INSERT INTO tenant_versions (tenant, slot, version)
                   SELECT {tenant}, '', 0 WHERE NOT EXISTS (SELECT 1 FROM tenant_versions WHERE tenant = {tenant});
                 UPDATE tenant_versions SET version = version + 1 WHERE tenant = {tenant};"""
_NEW, _OLD = _ADD_SQLITE.format(tenant="NEW.tenant"), _ADD_SQLITE.format(tenant="OLD.tenant")
_OF_BULK = """UPDATE tenant_versions SET version = version + 1
              WHERE tenant = (SELECT tenant FROM bulks WHERE bulk_id = NEW.bulk_id);"""
_SQLITE = (
    *(
        statement
        for table, columns in (("jobs", _JOBS), ("bulks", _BULKS))
        for statement in (
            f"CREATE TRIGGER {table}_came AFTER INSERT ON {table} BEGIN {_NEW} END",
            f"CREATE TRIGGER {table}_went AFTER DELETE ON {table} BEGIN {_OLD} END",
            f"CREATE TRIGGER {table}_changed AFTER UPDATE OF {columns} ON {table} BEGIN {_NEW} {_OLD} END",
        )
    ),
    f"CREATE TRIGGER bulk_counts_came AFTER INSERT ON bulk_counts BEGIN {_OF_BULK} END",
    f"CREATE TRIGGER bulk_counts_changed AFTER UPDATE ON bulk_counts BEGIN {_OF_BULK} END",
)


def upgrade() -> None:
    op.create_table(
        "tenant_versions",
        sa.Column("tenant", sa.String(length=128), nullable=False),
        sa.Column("slot", sa.String(length=36), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "slot", name="pk_tenant_versions"),
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
