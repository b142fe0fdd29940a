"""What one may ask `permits` about an office's work, an application's trail and a document."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Id, Moment, ShortText, Words
from shared.contracts.permits.api import ApplicationState, Version
from shared.contracts.permits.events import Document

Leaf = (
    bool
    | Annotated[int, Field(ge=-(10**15), le=10**15)]
    | Annotated[str, Field(max_length=1_000)]
    | None
)
Days = Annotated[int, Field(ge=-10_000, le=10_000)]


class QueueItem(Words):
    """One case that waits for an officer, and how its promise stands today in working days."""

    application_id: Id
    permit_type: ShortText
    agency: ShortText
    state: ApplicationState
    version: Version
    applicant_id: Id
    case_officer_id: Id | None
    submitted_at: Moment
    days_spent: Days
    days_left: Days
    due_on: date
    risk: Literal["on-track", "due-soon", "overdue"]
    is_certain: Annotated[
        bool, Field(description="false when holidays of the due day's year are not known yet")
    ]
    desk: Annotated[ShortText, Field(description="the agency on whose desk it lies")]
    officer_id: Annotated[Id | None, Field(description="who works on it on that desk")]


class OfficerView(Words):
    """A member that decides and advises for an agency, since when, and who said so."""

    member_id: Id
    given_at: Moment
    given_by: Id


class ChangeView(Words):
    """One field before and after; null where it was or is absent."""

    field: ShortText
    before: Leaf
    after: Leaf


class StepView(Words):
    """One deed, who did it (nobody: a check of the service), and every field it changed."""

    version: Version
    deed: ShortText
    member_id: Id | None
    client_id: Id | None
    at: Moment
    changes: Annotated[tuple[ChangeView, ...], Field(max_length=2_000)]


class LicenceStepView(Words):
    """One deed to a licence, who did it (nobody: time or customs), and every field it changed.

    `cause` is the application it was issued for, the declaration that used it, or the licence that
    replaces it.
    """

    version: Version
    deed: ShortText
    member_id: Id | None
    client_id: Id | None
    cause: Id | None
    at: Moment
    changes: Annotated[tuple[ChangeView, ...], Field(max_length=2_000)]


class SignedPermit(Words):
    """A permit as a compact JWS, checked offline with the hub's permit keys."""

    document: Document


class CheckView(Words):
    """One check of a document, by name."""

    name: ShortText
    passed: bool
    detail: Annotated[str, Field(max_length=500)]


class VerificationView(Words):
    """Every check up to the first that failed."""

    is_good: bool
    checks: Annotated[tuple[CheckView, ...], Field(max_length=20)]


class PermitKeys(Words):
    """The public keys of this hub's permits (RFC 7517)."""

    keys: Annotated[list[dict[str, ShortText]], Field(max_length=10)]
