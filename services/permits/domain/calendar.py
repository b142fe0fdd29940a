"""Working days: a country's weekends, its holidays, and the weekend days worked in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from shared.kernel.errors import Rejected

DAYS_WALKED_MAX = 3_660
WEEKDAYS: Mapping[str, int] = {
    name: number
    for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}


class TooManyDays(Rejected):
    """A count of working days reaches over more than ten years."""

    code = "permits.too-many-days"


@dataclass(frozen=True, kw_only=True)
class WorkingDays:
    """Which days offices work; after `known_to` only the weekends are known."""

    weekend: frozenset[int]
    off: frozenset[date]
    worked: frozenset[date]
    known_to: date

    def is_working(self, day: date) -> bool:
        if day in self.worked:
            return True
        return day not in self.off and day.weekday() not in self.weekend

    def after(self, day: date, count: int) -> date:
        """Return the day on which `count` working days after `day` have passed; 0 gives `day`."""
        for _ in range(DAYS_WALKED_MAX):
            if count <= 0:
                return day
            day += timedelta(days=1)
            count -= self.is_working(day)
        raise TooManyDays(f"more than {DAYS_WALKED_MAX} days")

    def between(self, start: date, end: date) -> int:
        """Return how many working days come after `start`, up to and with `end`."""
        if (end - start).days > DAYS_WALKED_MAX:
            raise TooManyDays(f"more than {DAYS_WALKED_MAX} days")
        return sum(
            self.is_working(start + timedelta(days=number + 1))
            for number in range((end - start).days)
        )
