"""Where a member wants to be told: an address, its keys, and whether it still answers."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.kernel.errors import Conflict

OVERLAP = timedelta(hours=24)
"""How long messages carry a signature with the old secret too, once it is replaced."""
FAILING_MAX = timedelta(days=5)
"""How long an address may fail without one success before we stop calling it."""


class EndpointDisabled(Conflict):
    """Nothing is sent to a disabled endpoint; enable it first."""

    code = "orders.endpoint-disabled"


class DisabledFor(StrEnum):
    """Why an endpoint is no longer called."""

    FAILING = "failing"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One address of one member. Keys never show in a repr."""

    id: str
    member_id: str
    url: str
    secret: str = field(repr=False)
    signing_key: str = field(repr=False)
    old_secret: str = field(default="", repr=False)
    old_secret_until: datetime | None = None
    created_at: datetime
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_for: DisabledFor | None = None

    def keys(self, *, now: datetime) -> tuple[str, ...]:
        """Return the keys a message is signed with now, the asymmetric one first."""
        if self.old_secret_until is not None and now < self.old_secret_until:
            return (self.signing_key, self.secret, self.old_secret)
        return (self.signing_key, self.secret)

    def rotated(self, secret: str, *, now: datetime) -> "Endpoint":
        """Return it with a new secret, the old one good for a day longer."""
        return replace(self, secret=secret, old_secret=self.secret, old_secret_until=now + OVERLAP)

    def enabled(self) -> "Endpoint":
        """Return it called again, with a clean slate."""
        return replace(self, failing_since=None, disabled_at=None, disabled_for=None)

    def answered(self) -> "Endpoint":
        """Return it after a message was received."""
        return replace(self, failing_since=None)

    def failed(self, *, gone: bool, now: datetime) -> "Endpoint":
        """Return it after a failed attempt: disabled when it says it is gone, or failed too long.

        One that is disabled already stays so, for its first reason.
        """
        if self.disabled_at is not None:
            return self
        since = self.failing_since or now
        if gone:
            reason = DisabledFor.GONE
        elif now - since >= FAILING_MAX:
            reason = DisabledFor.FAILING
        else:
            return replace(self, failing_since=since)
        return replace(self, failing_since=since, disabled_at=now, disabled_for=reason)

    def check_enabled(self) -> None:
        """Raise EndpointDisabled unless messages may be sent to it."""
        if self.disabled_for is not None:
            raise EndpointDisabled(
                f"endpoint {self.id} is disabled: {self.disabled_for}",
                disabled_for=self.disabled_for.value,
            )
