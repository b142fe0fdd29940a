"""Long work: what is asked, how far it is, and what became of each line."""

from shared.db.migrations import create_operation_tables
from shared.db.own_rows import guard_rows, owned_by, owned_through

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    create_operation_tables()
    guard_rows(
        {
            "operation": owned_by("tenant"),
            "operation_line": owned_through(
                "operation_line", "operation", "operation_id", "tenant"
            ),
        }
    )
