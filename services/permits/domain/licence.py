"""A licence: what an application became, how much of each line is left, and when it was in force.

Customs may tell late of goods that left earlier, so a licence knows its state at any past moment.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from services.permits.domain.states import IN_FORCE, LicenceState, StepNotAllowed, check_edge
from services.permits.domain.units import measured
from shared.kernel.errors import Rejected

_S = LicenceState
HS_DIGITS_SHARED = 6
"""Two countries' goods codes agree on these digits only, so goods are matched by them."""


class LineOverdrawn(Rejected):
    """A licence line can't be used beyond its quantity, nor given back beyond what was used."""

    code = "permits.line-overdrawn"


@dataclass(frozen=True, kw_only=True)
class LicenceLine:
    """How much of one kind of good, and how much of that has left already."""

    line_no: int
    hs_code: str
    quantity: int
    unit: str
    used: int = 0

    @property
    def left(self) -> int:
        return self.quantity - self.used

    def covers(self, hs_code: str) -> bool:
        return self.hs_code[:HS_DIGITS_SHARED] == hs_code[:HS_DIGITS_SHARED]

    def changed(self, by: int) -> "LicenceLine":
        """Return the line with more used (or less, for a negative step), or LineOverdrawn."""
        used = self.used + by
        if not 0 <= used <= self.quantity:
            raise LineOverdrawn(f"line {self.line_no} has {self.left} left", left=self.left)
        return replace(self, used=used)


@dataclass(frozen=True, kw_only=True)
class StateSince:
    """A state, the moment it began, and why."""

    state: LicenceState
    since: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Licence:
    """One licence; methods return a new one, a version on, or raise StepNotAllowed."""

    id: str
    permit_no: str
    permit_type: str
    document_code: str
    agency: str
    application_id: str
    holder_id: str
    country: str
    destination: str
    lines: tuple[LicenceLine, ...]
    issued_at: datetime
    valid_until: datetime
    history: tuple[StateSince, ...]
    version: int = 1
    document: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def state(self) -> LicenceState:
        return self.history[-1].state

    @property
    def is_used_up(self) -> bool:
        return all(line.left == 0 for line in self.lines)

    def state_at(self, moment: datetime) -> LicenceState | None:
        """Return the state at a past moment: None before it was issued."""
        if moment >= self.valid_until:
            return _S.EXPIRED
        states = [entry.state for entry in self.history if entry.since <= moment]
        return states[-1] if states else None

    def suspended(self, *, reason: str, at: datetime) -> "Licence":
        return self._moved(_S.SUSPENDED, reason=reason, at=at)

    def reinstated(self, *, reason: str, at: datetime) -> "Licence":
        """Put a suspended licence in force again; one used up meanwhile is exhausted at once."""
        if self.state is not _S.SUSPENDED:
            raise StepNotAllowed(f"only a suspended licence is reinstated, not a {self.state} one")
        back = self._moved(_S.REINSTATED, reason=reason, at=at)
        return back._exhausted_if_used_up(at=at)

    def revoked(self, *, reason: str, at: datetime) -> "Licence":
        return self._moved(_S.REVOKED, reason=reason, at=at)

    def surrendered(self, *, reason: str, at: datetime) -> "Licence":
        return self._moved(_S.SURRENDERED, reason=reason, at=at)

    def expired(self, *, at: datetime) -> "Licence":
        return self._moved(_S.EXPIRED, reason="its time has run out", at=at)

    def with_line_changed(self, line_no: int, *, by: int, at: datetime) -> "Licence":
        """Return the licence with `by` more used on a line, exhausted or back where that follows.

        Raises LineOverdrawn. The line of a licence that ended still counts what left before.
        """
        lines = tuple(line.changed(by) if line.line_no == line_no else line for line in self.lines)
        changed = replace(self, lines=lines, version=self.version + 1)
        if changed.state is _S.EXHAUSTED and not changed.is_used_up:
            return changed._moved(_S.REINSTATED, reason="part of its use was given back", at=at)
        return changed._exhausted_if_used_up(at=at)

    def _exhausted_if_used_up(self, *, at: datetime) -> "Licence":
        if self.is_used_up and self.state in IN_FORCE:
            return self._moved(_S.EXHAUSTED, reason="every line is used up", at=at)
        return self

    def _moved(self, to: LicenceState, *, reason: str, at: datetime) -> "Licence":
        check_edge(self.state, to)
        entry = StateSince(state=to, since=at, reason=reason)
        return replace(self, history=(*self.history, entry), version=self.version + 1)


def licence_lines(wanted: tuple[tuple[str, int, str], ...]) -> tuple[LicenceLine, ...]:
    """Return lines for (goods code, quantity, unit), each in the unit it is written off in."""
    lines = []
    for number, (hs_code, quantity, unit) in enumerate(wanted, start=1):
        exact = measured(quantity, unit, field=f"lines[{number}].unit")
        lines.append(
            LicenceLine(line_no=number, hs_code=hs_code, quantity=exact.quantity, unit=exact.unit)
        )
    return tuple(lines)
