"""Time comes in from outside, so that a test, a replay or a training run can hold it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whatever can say what time it is, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """The machine's clock, shifted; test mode moves it forward, never back."""

    def __init__(self, *, start: datetime | None = None) -> None:
        self._shift = timedelta() if start is None else start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def move(self, by: timedelta) -> None:
        """Move time forward by `by`; a negative step raises ValueError."""
        if by < timedelta():
            raise ValueError("time only moves forward")
        self._shift += by


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        if by < timedelta():
            raise ValueError("time only moves forward")
        self._at += by
