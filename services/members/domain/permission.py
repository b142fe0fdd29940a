"""What a member lets others do: an agent act for it, or its data be used, for a time.

in force -> withdrawn | expired          Both ends are for good; give it anew instead.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.members.domain.client import SCOPES
from services.members.domain.member import Member, MemberKind
from shared.kernel.errors import Conflict, Rejected

LASTS_MAX = timedelta(days=366)
"""Nobody binds a firm for longer than a year without being asked again."""


class PermissionKind(StrEnum):
    """Whether an agent may act, or data may be used."""

    DELEGATION = "delegation"
    CONSENT = "consent"


class NotAnAgent(Rejected):
    """Only agents registered at this hub can be given a delegation."""

    code = "members.not-an-agent"


class ScopeNotDelegable(Rejected):
    """A member can't give away what it may not do itself, nor an agent do what agents may not."""

    code = "members.scope-not-delegable"


class PermissionPeriodWrong(Rejected):
    """A permission ends after it begins and within a year."""

    code = "members.permission-period-wrong"


class PermissionOver(Conflict):
    """A permission that was withdrawn or has expired is over; give it anew."""

    code = "members.permission-over"


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A delegation to an agent (`to` is its id), or a consent (`to` is the purpose)."""

    id: str
    kind: PermissionKind
    member_id: str
    to: str
    scopes: tuple[str, ...]
    given_at: datetime
    valid_until: datetime
    withdrawn_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        """The end is exclusive."""
        return self.withdrawn_at is None and self.given_at <= now < self.valid_until

    def withdrawn(self, *, now: datetime) -> "Permission":
        """Return it withdrawn, or raise PermissionOver."""
        if not self.in_force(now):
            raise PermissionOver(f"{self.kind} {self.id} is over")
        return replace(self, withdrawn_at=now)


def check_period(valid_until: datetime, *, now: datetime) -> None:
    """Raise PermissionPeriodWrong unless it ends within a year from now."""
    if not now < valid_until <= now + LASTS_MAX:
        raise PermissionPeriodWrong("must end within a year from now", field="valid_until")


def check_delegable(giver: Member, agent: Member, scopes: tuple[str, ...]) -> None:
    """Raise NotAnAgent or ScopeNotDelegable."""
    if agent.kind is not MemberKind.AGENT:
        raise NotAnAgent(f"{agent.id} is no agent", field="agent_id")
    allowed = SCOPES.get(giver.kind, frozenset()) & SCOPES[MemberKind.AGENT]
    beyond = sorted(set(scopes) - allowed)
    if beyond:
        raise ScopeNotDelegable(f"can't be given: {' '.join(beyond)}", field="scopes")
