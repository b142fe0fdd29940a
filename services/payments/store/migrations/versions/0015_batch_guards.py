"""A transfer's accounts exist in its currency: checked once for a whole batch.

Two foreign keys a row, the unique index that they needed, and a unique index over ids that follow
from the commands' cost PostgreSQL a third of what a transfer costs it. An account can't be taken
away or renamed instead, and only holds are found by their id.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

UNKNOWN = "a transfer names an account that is not there in its currency"
NEVER = "an account is never taken away, nor are its code and currency changed"
HOLDS = sa.text("kind = 'hold'")
NAMING = {
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgres()
    op.create_index(
        "ix_transfer_hold",
        "transfer",
        ["id"],
        unique=True,
        postgresql_where=HOLDS,
        sqlite_where=HOLDS,
    )


def _postgres() -> None:
    for name in ("debit_id_currency_fkey", "credit_id_currency_fkey", "id_key"):
        op.drop_constraint(f"transfer_{name}", "transfer")
    op.drop_constraint("account_id_currency_key", "account")
    op.execute(
        "CREATE FUNCTION refuse_unknown_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT FROM posted "
        "LEFT JOIN account d ON d.id = posted.debit_id AND d.currency = posted.currency "
        "LEFT JOIN account c ON c.id = posted.credit_id AND c.currency = posted.currency "
        "WHERE d.id IS NULL OR c.id IS NULL) THEN "
        f"RAISE foreign_key_violation USING MESSAGE = '{UNKNOWN}'; "
        "END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER transfer_accounts AFTER INSERT ON transfer "
        "REFERENCING NEW TABLE AS posted "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_unknown_account()"
    )
    op.execute(
        "CREATE FUNCTION refuse_account_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE foreign_key_violation USING MESSAGE = '{NEVER}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER account_never_renamed BEFORE UPDATE OF id, code, currency OR DELETE "
        "ON account FOR EACH ROW EXECUTE FUNCTION refuse_account_change()"
    )
    op.execute(
        "CREATE TRIGGER account_never_emptied BEFORE TRUNCATE ON account "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_account_change()"
    )


def _sqlite() -> None:
    with op.batch_alter_table("transfer", naming_convention=NAMING) as transfer:
        transfer.drop_constraint("fk_transfer_debit_id", type_="foreignkey")
        transfer.drop_constraint("fk_transfer_credit_id", type_="foreignkey")
        transfer.drop_constraint("uq_transfer_id", type_="unique")
    with op.batch_alter_table("account", naming_convention=NAMING) as account:
        account.drop_constraint("uq_account_id_currency", type_="unique")
    # The tables were made anew, without their triggers.
    _refuse("transfer_no_update", "UPDATE ON transfer", "transfer is never changed")
    _refuse("transfer_no_delete", "DELETE ON transfer", "transfer is never changed")
    _refuse("account_no_rename", "UPDATE OF id, code, currency ON account", NEVER)
    _refuse("account_no_delete", "DELETE ON account", NEVER)
    there = "EXISTS (SELECT 1 FROM account WHERE id = NEW.{side}_id AND currency = NEW.currency)"
    both = f"{there.format(side='debit')} AND {there.format(side='credit')}"
    _refuse("transfer_accounts", f"INSERT ON transfer WHEN NOT ({both})", UNKNOWN)


def _refuse(name: str, deed: str, why: str) -> None:
    op.execute(f"CREATE TRIGGER {name} BEFORE {deed} BEGIN SELECT RAISE(ABORT, '{why}'); END")
