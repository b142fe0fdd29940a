"""How long an office has left: working days, not counting those on which the exporter was asked.

Days are whole: work begins on the working day after the clock starts, and a clock that stops and
starts again on one day has lost nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.permits.domain.application import Span
from services.permits.domain.calendar import WorkingDays

DUE_SOON_DAYS = 1


class Risk(StrEnum):
    """How close a case is to its promise."""

    ON_TRACK = "on-track"
    DUE_SOON = "due-soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What is left of an office's working days, as of one day."""

    due_on: date
    days_left: int
    days_spent: int
    is_certain: bool

    @property
    def risk(self) -> Risk:
        if self.days_left < 0:
            return Risk.OVERDUE
        return Risk.DUE_SOON if self.days_left <= DUE_SOON_DAYS else Risk.ON_TRACK


def due_day(
    clock: Sequence[Span],
    *,
    limit: int,
    calendar: WorkingDays,
    day_of: Callable[[datetime], date],
) -> date | None:
    """Return the day by which the office must decide, None while its clock stands still."""
    if not clock or clock[-1].end is not None:
        return None
    left = limit - _spent(clock[:-1], calendar=calendar, day_of=day_of)
    return calendar.after(day_of(clock[-1].start), left)


def promise(
    clock: Sequence[Span],
    *,
    limit: int,
    today: date,
    calendar: WorkingDays,
    day_of: Callable[[datetime], date],
) -> Promise | None:
    """Return how the promise stands today, None while the clock stands still."""
    due_on = due_day(clock, limit=limit, calendar=calendar, day_of=day_of)
    if due_on is None:
        return None
    spent = _spent(clock[:-1], calendar=calendar, day_of=day_of)
    spent += calendar.between(day_of(clock[-1].start), today)
    return Promise(
        due_on=due_on,
        days_left=limit - spent,
        days_spent=spent,
        is_certain=due_on <= calendar.known_to,
    )


def due_range(risk: Risk, *, today: date, calendar: WorkingDays) -> tuple[date | None, date | None]:
    """Return the first and the last due day that mean this risk today; None is open-ended."""
    last_worked = today
    while not calendar.is_working(last_worked):
        last_worked -= timedelta(days=1)
    soon = calendar.after(today, DUE_SOON_DAYS)
    if risk is Risk.OVERDUE:
        return None, last_worked - timedelta(days=1)
    if risk is Risk.DUE_SOON:
        return last_worked, soon
    return soon + timedelta(days=1), None


def _spent(
    clock: Sequence[Span], *, calendar: WorkingDays, day_of: Callable[[datetime], date]
) -> int:
    return sum(
        calendar.between(day_of(span.start), day_of(span.end))
        for span in clock
        if span.end is not None
    )
