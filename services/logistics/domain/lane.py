"""Where consolidations go and when: the two ends of a lane, and the carrier's schedule."""

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.errors import Rejected


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Where a consolidation goes: UN/LOCODEs of both ends and the hub that takes it in."""

    origin: str
    destination: str
    destination_hub: str
    by_air: bool


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When the pool closes, and when the carrier means to leave and arrive."""

    cut_off_at: datetime
    departs_at: datetime
    arrives_at: datetime

    def __post_init__(self) -> None:
        if not self.cut_off_at <= self.departs_at < self.arrives_at:
            raise ScheduleBackwards("a pool closes, leaves and arrives in that order")


class ScheduleBackwards(Rejected):
    """Cut-off, departure and arrival must follow one another."""

    code = "logistics.schedule-backwards"
