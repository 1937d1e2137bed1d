"""The audit log, the row that its writers lock, and triggers that let it only be appended to, in order. Only adds."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_audit_log"
down_revision = "20261130_tenants"

_SQLITE = (
    """CREATE TRIGGER audit_follows BEFORE INSERT ON audit
       WHEN NOT EXISTS (SELECT 1 FROM audit_end WHERE seq = NEW.seq - 1 AND hash = NEW.previous_hash)
       BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to, each entry behind the newest'); END""",
    """CREATE TRIGGER audit_counted AFTER INSERT ON audit
       BEGIN UPDATE audit_end SET seq = NEW.seq, hash = NEW.hash, at = NEW.at; END""",
    """CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit
       BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END""",
    """CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN OLD.seq > (SELECT max(cut_seq) FROM audit_end)
       BEGIN SELECT RAISE(ABORT, 'the audit log is only cut off by its retention'); END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION audit_count() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         UPDATE audit_end SET seq = NEW.seq, hash = NEW.hash, at = NEW.at
         WHERE seq = NEW.seq - 1 AND hash = NEW.previous_hash;
         IF FOUND THEN RETURN NEW; END IF;
         RAISE EXCEPTION 'the audit log is only appended to, each entry behind the newest';
       END $$""",
    "CREATE TRIGGER audit_follows BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_count()",
    """CREATE FUNCTION audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF TG_OP = 'DELETE' AND OLD.seq <= (SELECT max(cut_seq) FROM audit_end) THEN RETURN OLD; END IF;
         RAISE EXCEPTION 'the audit log is only appended to, and cut off by its retention';
       END $$""",
    "CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_guard()",
    "CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_guard()",
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=256), nullable=False),
        sa.Column("tenant", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=256), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_tenant_seq", "audit", ["tenant", "seq"], unique=False)
    op.create_table(
        "audit_end",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_end"),
    )
    beginning = "'1970-01-01 00:00:00.000000'"
    op.execute(f"INSERT INTO audit_end (id, seq, hash, at, cut_seq) VALUES (1, 0, '{'0' * 64}', {beginning}, 0)")  # noqa: S608  # constants
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
