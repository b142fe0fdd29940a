"""What several agencies, asked at once, say about one application, and what that amounts to.

Each agency that is asked looks at its own side of the case. One that advises to refuse binds the
agency that decides; conditions of all are carried into the decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from services.permits.domain.actor import Actor
from shared.kernel.errors import Conflict, Rejected

Opinion = Literal["approve", "approve-with-conditions", "refuse"]
CONDITIONS_MAX = 20
"""So many fit a signed permit beside its lines."""


class AgencyNotAsked(Conflict):
    """The case does not lie on this agency's desk: it was not asked, or has answered."""

    code = "permits.agency-not-asked"


class AgencyAskedTwice(Rejected):
    """Each agency is asked once at a time, and never the one that decides."""

    code = "permits.agency-asked-twice"


class ConditionsContradictory(Rejected):
    """Conditions belong to an approval with conditions, and such an approval names them."""

    code = "permits.conditions-contradictory"


class TooManyConditions(Rejected):
    """All conditions of one application together must fit its permit."""

    code = "permits.too-many-conditions"


class AdviceRefuses(Conflict):
    """An agency that was asked advised to refuse, so a permit can't be proposed."""

    code = "permits.advice-refuses"
    help = "Refuse, or ask that agency again."


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What one agency was asked and, once `opinion` is there, advised."""

    agency: str
    asked_at: datetime
    opinion: Opinion | None = None
    reason: str = ""
    conditions: tuple[str, ...] = ()
    officer: Actor | None = None
    given_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.opinion is None


def with_asked(
    advice: Sequence[Advice], agencies: Sequence[str], *, deciding: str, at: datetime
) -> tuple[Advice, ...]:
    """Return the advice with these agencies asked; what one of them advised before is dropped."""
    if len(set(agencies)) < len(agencies) or deciding in agencies:
        raise AgencyAskedTwice(f"{deciding} decides, the others are named once", field="agencies")
    kept = (one for one in advice if one.agency not in agencies)
    return (*kept, *(Advice(agency=agency, asked_at=at) for agency in agencies))


def with_given(
    advice: Sequence[Advice],
    agency: str,
    *,
    opinion: Opinion,
    reason: str,
    conditions: tuple[str, ...],
    officer: Actor,
    at: datetime,
) -> tuple[Advice, ...]:
    """Return the advice with this agency's opinion in it, or raise."""
    if agency not in open_agencies(advice):
        raise AgencyNotAsked(f"{agency} is not asked about this application")
    if bool(conditions) is not (opinion == "approve-with-conditions"):
        raise ConditionsContradictory(
            f"{opinion} with {len(conditions)} conditions", field="conditions"
        )
    if sum(len(one.conditions) for one in advice) + len(conditions) > CONDITIONS_MAX:
        raise TooManyConditions(f"at most {CONDITIONS_MAX} in all", field="conditions")
    return tuple(
        replace(
            one, opinion=opinion, reason=reason, conditions=conditions, officer=officer, given_at=at
        )
        if one.agency == agency
        else one
        for one in advice
    )


def open_agencies(advice: Sequence[Advice]) -> tuple[str, ...]:
    """Return the agencies whose advice is still awaited."""
    return tuple(one.agency for one in advice if one.is_open)


def consolidated(advice: Sequence[Advice]) -> tuple[str, ...]:
    """Return the conditions under which all agencies agree, each once, or raise AdviceRefuses."""
    refusing = sorted(one.agency for one in advice if one.opinion == "refuse")
    if refusing:
        raise AdviceRefuses(f"{', '.join(refusing)} advised to refuse", agencies=refusing)
    return tuple(dict.fromkeys(each for one in advice for each in one.conditions))
