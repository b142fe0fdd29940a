"""The ledger: accounts, transfers, commands with their outcomes, and each desk's chain."""

import sqlalchemy as sa
from alembic import op

from shared.db.migrations import create_messaging_tables
from shared.db.types import Moment

revision = "0001"
down_revision = None

FLOOR = (
    "floor IS NULL OR CASE WHEN kind IN ('asset', 'expense') "
    "THEN debits - credits - credits_pending ELSE credits - debits - debits_pending END >= floor"
)


def upgrade() -> None:
    create_messaging_tables()
    _create_account()
    _create_desk()
    _create_batch()
    _create_command()
    _create_transfer()
    _create_hold()
    _refuse_changes()


def _refuse_changes() -> None:
    """Make transfers, commands and batches unchangeable, and keep room to update accounts."""
    if op.get_bind().dialect.name == "sqlite":
        for table in ("transfer", "command", "batch"):
            for deed in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is never changed'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is never changed', TG_TABLE_NAME; END $$"
    )
    for table in ("transfer", "command", "batch"):
        op.execute(
            f"CREATE TRIGGER {table}_never_changed BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute("ALTER TABLE account SET (fillfactor = 50)")


def _create_account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("code", sa.String(160), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("floor", sa.BigInteger()),
        sa.Column("debits", sa.BigInteger(), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("debits_pending", sa.BigInteger(), nullable=False),
        sa.Column("credits_pending", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("code", "currency"),
        sa.UniqueConstraint("id", "currency"),
        sa.CheckConstraint(FLOOR, name="ck_account_floor"),
        sa.CheckConstraint(
            "debits_pending >= 0 AND credits_pending >= 0", name="ck_account_pending"
        ),
    )


def _create_desk() -> None:
    op.create_table(
        "desk",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("batches", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )


def _create_batch() -> None:
    op.create_table(
        "batch",
        sa.Column("desk", sa.String(80), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )


def _create_command() -> None:
    op.create_table(
        "command",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("about", sa.String(100), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(100), nullable=False),
        sa.Column("cause_id", sa.String(100), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index("ix_command_about", "command", ["about"])


def _create_transfer() -> None:
    op.create_table(
        "transfer",
        sa.Column("desk", sa.String(80), primary_key=True),
        sa.Column("batch", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("debit_id", sa.BigInteger(), nullable=False),
        sa.Column("credit_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("pending_id", sa.String(64)),
        sa.Column("command_id", sa.String(64), nullable=False),
        sa.Column("ref", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(["debit_id", "currency"], ["account.id", "account.currency"]),
        sa.ForeignKeyConstraint(["credit_id", "currency"], ["account.id", "account.currency"]),
        sa.CheckConstraint("amount > 0", name="ck_transfer_amount"),
        sa.CheckConstraint("debit_id <> credit_id", name="ck_transfer_two_accounts"),
    )
    op.create_index("ix_transfer_ref", "transfer", ["ref"])
    op.create_index(
        "ix_transfer_pending",
        "transfer",
        ["pending_id"],
        unique=True,
        postgresql_where=sa.text("pending_id IS NOT NULL"),
        sqlite_where=sa.text("pending_id IS NOT NULL"),
    )


def _create_hold() -> None:
    op.create_table(
        "hold",
        sa.Column("transfer_id", sa.String(64), primary_key=True),
        sa.Column("payment_id", sa.String(64), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
    )
    op.create_index("ix_hold_expires_at", "hold", ["expires_at"])
