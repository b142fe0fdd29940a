"""PostgreSQL shows a member its own rows only; see `shared.db.own_rows`."""

from shared.db.own_rows import guard_rows, owned_by, owned_through

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    guard_rows(
        {
            "application": owned_by("applicant_id"),
            "application_change": owned_through(
                "application_change", "application", "application_id", "applicant_id"
            ),
            "application_desk": owned_through(
                "application_desk", "application", "application_id", "applicant_id"
            ),
            "licence": owned_by("holder_id"),
            "licence_change": owned_through("licence_change", "licence", "licence_id", "holder_id"),
            "licence_line": owned_through("licence_line", "licence", "permit_id", "holder_id"),
            "refused_use": owned_by("holder_id"),
        }
    )
