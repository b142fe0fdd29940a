"""Where consolidations go and when: the two ends of a lane, and the carrier's schedule."""

from dataclasses import dataclass
from datetime import datetime

from shared.kernel.errors import Rejected


class LaneElsewhere(Rejected):
    """A lane starts in this hub's country and ends in that of another hub."""

    code = "logistics.lane-elsewhere"


def office_of(hub: str) -> str:
    """Return the UN/LOCODE that a hub is named after: my-kul stands at MYKUL."""
    return hub.replace("-", "").upper()


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Where a consolidation goes: UN/LOCODEs of both ends and the hub that takes it in."""

    origin: str
    destination: str
    destination_hub: str
    by_air: bool

    def check_from(self, hub: str) -> None:
        """Raise LaneElsewhere unless it leads from the country of `hub` to its destination's."""
        if self.destination_hub == hub:
            raise LaneElsewhere("a lane leads to another hub", field="destination_hub")
        if self.origin[:2] != office_of(hub)[:2]:
            raise LaneElsewhere(f"a lane from {hub} starts in its country", field="origin")
        if self.destination[:2] != office_of(self.destination_hub)[:2]:
            raise LaneElsewhere(
                f"a lane to {self.destination_hub} ends in its country", field="destination"
            )


class ScheduleBackwards(Rejected):
    """Cut-off, departure and arrival must follow one another."""

    code = "logistics.schedule-backwards"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When the pool closes, and when the carrier means to leave and arrive, where it says so."""

    cut_off_at: datetime
    departs_at: datetime | None = None
    arrives_at: datetime | None = None

    def __post_init__(self) -> None:
        stops = [at for at in (self.cut_off_at, self.departs_at, self.arrives_at) if at is not None]
        if stops != sorted(set(stops)):
            raise ScheduleBackwards("a pool closes, leaves and arrives in that order")

    def expected_arrival(self, departed_at: datetime) -> datetime | None:
        """Return the planned arrival moved by the delay at departure; None without a plan."""
        if self.departs_at is None or self.arrives_at is None:
            return None
        return self.arrives_at + (departed_at - self.departs_at)
