"""How much a declaration is looked at: green, blue (afterwards), yellow (papers), red (goods).

The draw is a hash of seed and subject, so that whoever knows the seed can show that nobody chose.
"""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.customs.domain.basis import Basis

_DRAWS = 10**9


class Lane(StrEnum):
    """What happens to a declaration after it is accepted."""

    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, kw_only=True)
class LaneProfile:
    """Shares of declarations per lane, adding up to one, and the rule that says so."""

    shares: tuple[tuple[Lane, Decimal], ...]
    basis: Basis

    def __post_init__(self) -> None:
        if sum(share for _, share in self.shares) != 1:
            raise ValueError("the shares of all lanes must add up to 100 %")


def choose_lane(profile: LaneProfile, *, seed: str, subject: str) -> Lane:
    """Return the lane that this seed always draws for this subject."""
    digest = hashlib.sha256(f"{seed}/{subject}".encode()).digest()
    draw = Decimal(int.from_bytes(digest[:8]) % _DRAWS) / _DRAWS
    upper = Decimal(0)
    for lane, share in profile.shares:
        upper += share
        if draw < upper:
            return lane
    raise AssertionError("the shares of all lanes add up to one")


def is_forced_unsent(order_no: str) -> bool:
    """Say whether a test-mode order number asks that its first sending fails, by `-UNSENT`."""
    return order_no.endswith("-UNSENT")


def forced_lane(order_no: str) -> Lane | None:
    """Return the lane that a test-mode order number asks for by its ending, such as `-RED`."""
    ending = order_no.rpartition("-")[2].lower()
    return Lane(ending) if ending in set(Lane) else None
