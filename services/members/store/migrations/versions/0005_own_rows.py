"""PostgreSQL shows a member its own rows only; see `shared.db.own_rows`.

Members themselves are not under guard: who delegates must find the agent.
"""

from shared.db.own_rows import guard_rows, owned_by

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    guard_rows(
        {
            "client": owned_by("member_id"),
            "contact": owned_by("member_id"),
            # Given by a member, and read by the agent to whom it is given.
            "permission": owned_by("member_id", '"to"'),
        }
    )
