"""Where an application and a licence can stand, and what can be done to them there."""

from collections.abc import Mapping
from enum import StrEnum

from shared.kernel.errors import Conflict


class ApplicationState(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    INITIAL_CHECKS = "initial_checks"
    UNDER_REVIEW = "under_review"
    CONSULTATION = "consultation"
    COUNTERSIGN = "countersign"
    AWAITING_EXPORTER = "awaiting_exporter"
    ISSUED = "issued"
    REFUSED = "refused"
    UNDER_APPEAL = "under_appeal"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class Deed(StrEnum):
    """What can be done to an application."""

    EDIT = "edit"
    SUBMIT = "submit"
    TAKE_UP = "take-up"
    PASS_CHECKS = "pass-checks"  # noqa: S105 (the name of a step)
    ASSIGN = "assign"
    CONSULT = "consult"
    ADVISE = "advise"
    END_CONSULTATION = "end-consultation"
    ASK = "ask"
    ANSWER = "answer"
    DECIDE = "decide"
    COUNTERSIGN = "countersign"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    APPEAL = "appeal"
    HEAR_APPEAL = "hear-appeal"


_A = ApplicationState
WITH_OFFICERS = frozenset(
    {
        _A.SUBMITTED,
        _A.INITIAL_CHECKS,
        _A.UNDER_REVIEW,
        _A.CONSULTATION,
        _A.COUNTERSIGN,
        _A.UNDER_APPEAL,
    }
)
"""The states in which somebody in an office has to do something."""

DEEDS: Mapping[Deed, frozenset[ApplicationState]] = {
    Deed.EDIT: frozenset({_A.DRAFT}),
    Deed.SUBMIT: frozenset({_A.DRAFT}),
    Deed.TAKE_UP: frozenset({_A.SUBMITTED}),
    Deed.PASS_CHECKS: frozenset({_A.INITIAL_CHECKS}),
    Deed.ASSIGN: WITH_OFFICERS,
    Deed.CONSULT: frozenset({_A.UNDER_REVIEW}),
    Deed.ADVISE: frozenset({_A.CONSULTATION}),
    Deed.END_CONSULTATION: frozenset({_A.CONSULTATION}),
    Deed.ASK: frozenset({_A.SUBMITTED, _A.INITIAL_CHECKS, _A.UNDER_REVIEW, _A.CONSULTATION}),
    Deed.ANSWER: frozenset({_A.AWAITING_EXPORTER}),
    Deed.DECIDE: frozenset({_A.UNDER_REVIEW}),
    Deed.COUNTERSIGN: frozenset({_A.COUNTERSIGN}),
    Deed.WITHDRAW: WITH_OFFICERS | {_A.DRAFT, _A.AWAITING_EXPORTER},
    Deed.SUPERSEDE: (WITH_OFFICERS - {_A.UNDER_APPEAL}) | {_A.AWAITING_EXPORTER, _A.ISSUED},
    Deed.APPEAL: frozenset({_A.REFUSED}),
    Deed.HEAR_APPEAL: frozenset({_A.UNDER_APPEAL}),
}
"""The states in which each deed is allowed."""


class LicenceDeed(StrEnum):
    """What can be done to a licence; exhausted it becomes by being used up."""

    ISSUE = "issue"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    SURRENDER = "surrender"
    SUPERSEDE = "supersede"
    EXPIRE = "expire"
    WRITE_OFF = "write-off"


class LicenceState(StrEnum):
    """Where a licence stands; `reinstated` is in force again after it was not."""

    ISSUED = "issued"
    REINSTATED = "reinstated"
    SUSPENDED = "suspended"
    EXHAUSTED = "exhausted"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"
    EXPIRED = "expired"


_L = LicenceState
IN_FORCE = frozenset({_L.ISSUED, _L.REINSTATED})
ENDED = frozenset({_L.REVOKED, _L.SURRENDERED, _L.EXPIRED})
LICENCE_EDGES: Mapping[LicenceState, frozenset[LicenceState]] = {
    _L.ISSUED: frozenset({_L.SUSPENDED, _L.EXHAUSTED}) | ENDED,
    _L.REINSTATED: frozenset({_L.SUSPENDED, _L.EXHAUSTED}) | ENDED,
    _L.SUSPENDED: frozenset({_L.REINSTATED}) | ENDED,
    _L.EXHAUSTED: frozenset({_L.REINSTATED}) | ENDED,
    _L.REVOKED: frozenset(),
    _L.SURRENDERED: frozenset(),
    _L.EXPIRED: frozenset(),
}


class StepNotAllowed(Conflict):
    """The state does not allow this step."""

    code = "permits.step-not-allowed"
    help = "Read it again: its state says what may come next."


def check_deed(current: ApplicationState, deed: Deed) -> None:
    """Raise StepNotAllowed unless the deed is allowed in this state."""
    if current not in DEEDS[deed]:
        raise StepNotAllowed(
            f"an application that is {current} does not allow {deed}",
            current=current.value,
            wanted=deed.value,
        )


def check_edge(current: LicenceState, wanted: LicenceState) -> None:
    """Raise StepNotAllowed unless a licence may go from one state to the other."""
    if wanted not in LICENCE_EDGES[current]:
        raise StepNotAllowed(
            f"a licence that is {current} can't become {wanted}",
            current=current.value,
            wanted=wanted.value,
        )
