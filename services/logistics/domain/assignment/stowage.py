"""Units being filled: who is in which, what room is left, and who may join.

Only this file changes a plan under way, so a plan never breaks a rule: a shipment is put where it
is eligible, fits, weighs not too much and meets nobody it may not meet, or it is put nowhere.
"""

from collections.abc import Callable, Iterable, Sequence

from services.logistics.domain.assignment.eligibility import Group
from services.logistics.domain.assignment.request import AssignmentRequest
from services.logistics.domain.parcel import Handling


class Stowage:
    """A plan under way for some of the shipments, by index."""

    def __init__(self, request: AssignmentRequest, groups: Sequence[Group]) -> None:
        self.request = request
        self.volume = [shipment.volume_mm3 for shipment in request.shipments]
        self.gross = [shipment.gross_g for shipment in request.shipments]
        self.group_of = {i: g for g, group in enumerate(groups) for i in group.shipments}
        self.groups = groups
        self.room = [unit.room_mm3 for unit in request.units]
        self.payload = [unit.payload_g for unit in request.units]
        self.inside: list[set[int]] = [set() for _ in request.units]
        self.unit_of: dict[int, int] = {}
        self._kinds: list[dict[Handling, int]] = [{} for _ in request.units]
        self._meets: dict[tuple[Handling, Handling], bool] = {}

    def handling(self, i: int) -> Handling:
        return self.groups[self.group_of[i]].handling

    def choices(self, i: int) -> tuple[int, ...]:
        return self.groups[self.group_of[i]].units

    def fits(self, i: int, j: int) -> bool:
        """Say whether shipment i may join what is in unit j; eligibility is the caller's."""
        return (
            self.volume[i] <= self.room[j]
            and self.gross[i] <= self.payload[j]
            and all(self._may_meet(self.handling(i), other) for other in self._kinds[j])
        )

    def put(self, i: int, j: int) -> None:
        self.unit_of[i] = j
        self.inside[j].add(i)
        self.room[j] -= self.volume[i]
        self.payload[j] -= self.gross[i]
        kinds = self._kinds[j]
        kinds[self.handling(i)] = kinds.get(self.handling(i), 0) + 1

    def take(self, i: int) -> int:
        """Take a shipment out of its unit and return which that was."""
        j = self.unit_of.pop(i)
        self.inside[j].discard(i)
        self.room[j] += self.volume[i]
        self.payload[j] += self.gross[i]
        kinds = self._kinds[j]
        kinds[self.handling(i)] -= 1
        if not kinds[self.handling(i)]:
            del kinds[self.handling(i)]
        return j

    def cost(self, units: Iterable[int]) -> int:
        """Return what those of these units cost that somebody is in."""
        return sum(self.request.units[j].cost_minor for j in units if self.inside[j])

    def hardest_first(self, shipments: Iterable[int]) -> list[int]:
        """Order shipments by how few units they may go in, then the largest first."""
        return sorted(shipments, key=lambda i: (len(self.choices(i)), -self.volume[i], i))

    def move_all(self, j: int, allowed: Callable[[int], bool]) -> bool:
        """Move everything in unit j to other allowed units, or change nothing and say so."""
        moved: list[int] = []
        for i in self.hardest_first(self.inside[j]):
            self.take(i)
            others = [k for k in self.choices(i) if k != j and allowed(k) and self.fits(i, k)]
            if not others:
                self.put(i, j)
                for back in moved:
                    self.take(back)
                    self.put(back, j)
                return False
            self.put(i, min(others, key=lambda k: (self.room[k], k)))
            moved.append(i)
        return True

    def _may_meet(self, one: Handling, other: Handling) -> bool:
        key = (one, other)
        if key not in self._meets:
            self._meets[key] = self.request.may_meet(one, other)
        return self._meets[key]
