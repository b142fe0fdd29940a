"""PostgreSQL shows a member its own rows only; see `shared.db.own_rows`."""

from shared.db.own_rows import guard_rows, owned_by

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    guard_rows(
        {
            "declaration": owned_by("seller_id", "marketplace_id"),
            "pre_clearance": owned_by("seller_id", "marketplace_id"),
            "rebate_case": owned_by("seller_id"),
            "drawback_claim": owned_by("seller_id"),
            "drawback_notice": owned_by("seller_id"),
        }
    )
