"""How long goods wait at the border: one declaration's clock, and many together.

The clock starts when a parcel is first declared (2) and stops when it is released (800). Malaysia's
first hub wanted handling at its airport's border down to three hours (The Nation, Thailand, 2017).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from services.customs.domain.declaration import Declaration, Step
from services.customs.domain.lanes import Lane
from services.customs.domain.status import Status

PROMISE = timedelta(hours=3)


@dataclass(frozen=True, kw_only=True, order=True)
class Stretch:
    """From one status to the next."""

    earlier: Status
    later: Status


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How long something took, in whole seconds: half of them at most, nine in ten, the longest."""

    count: int
    half_s: int
    nine_in_ten_s: int
    longest_s: int


@dataclass(frozen=True, kw_only=True)
class LaneTimes:
    """What the declarations of one origin hub and one risk lane took."""

    seller_hub: str
    lane: Lane
    whole: Spread
    within_promise: int
    stretches: tuple[tuple[Stretch, Spread], ...]


def released_at(declaration: Declaration) -> datetime | None:
    """Return when a parcel was released, None while it is not."""
    return next((s.at for s in declaration.history if s.status is Status.RELEASED), None)


def release_times(declarations: Iterable[Declaration]) -> list[LaneTimes]:
    """Return what released declarations took, by origin hub and lane; others are left out."""
    together: dict[tuple[str, Lane], list[dict[Stretch, int]]] = defaultdict(list)
    for one in declarations:
        if released_at(one) is not None and one.lane is not None:
            together[one.seller_hub, one.lane].append(_stretches(one))
    return [
        _lane_times(hub, lane, together[hub, lane])
        for hub, lane in sorted(together, key=lambda key: (key[0], key[1].value))
    ]


def spread(seconds: Sequence[int]) -> Spread:
    """Return the spread of at least one duration, by nearest rank."""
    ordered = sorted(seconds)
    count = len(ordered)
    return Spread(
        count=count,
        half_s=ordered[-(-count // 2) - 1],
        nine_in_ten_s=ordered[-(-count * 9 // 10) - 1],
        longest_s=ordered[-1],
    )


def _stretches(declaration: Declaration) -> dict[Stretch, int]:
    """Seconds between changes of status, up to the release; the same stretch twice is added up.

    Notes of a history leave the status as it is: they stop no clock.
    """
    found: dict[Stretch, int] = defaultdict(int)
    moves: list[Step] = []
    for step in declaration.history:
        if not moves or step.status is not moves[-1].status:
            moves.append(step)
        if step.status is Status.RELEASED:
            break
    for before, after in pairwise(moves):
        stretch = Stretch(earlier=before.status, later=after.status)
        found[stretch] += int((after.at - before.at).total_seconds())
    return dict(found)


def _lane_times(hub: str, lane: Lane, found: Sequence[dict[Stretch, int]]) -> LaneTimes:
    whole = [sum(each.values()) for each in found]
    by_stretch: dict[Stretch, list[int]] = defaultdict(list)
    for each in found:
        for stretch, seconds in each.items():
            by_stretch[stretch].append(seconds)
    return LaneTimes(
        seller_hub=hub,
        lane=lane,
        whole=spread(whole),
        within_promise=sum(seconds <= PROMISE.total_seconds() for seconds in whole),
        stretches=tuple((stretch, spread(by_stretch[stretch])) for stretch in sorted(by_stretch)),
    )
