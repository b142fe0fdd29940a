"""How much a declaration is looked at: green, blue (afterwards), yellow (papers), red (goods).

The draw is a hash of the day's seed and the subject. Each day's seed is the hash of the next day's,
so one seed that was published commits to all that follow: once a day is over and its seed is
revealed, anyone can check it against the one before and draw again. Nobody chose.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from services.customs.domain.basis import Basis
from shared.kernel.money import Money

_DRAWS = 10**9
CHAIN_END = date(2050, 1, 1)
"""The day whose seed comes from the secret; every earlier one is hashed from it."""
SEEDS_KEPT_MAX = 1_000


class Lane(StrEnum):
    """What happens to a declaration after it is accepted; the later, the stricter."""

    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


_STRICTNESS = {lane: rank for rank, lane in enumerate(Lane)}


@dataclass(frozen=True, kw_only=True)
class RiskFacts:
    """What a risk profile may look at."""

    hs_codes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    value: Money | None = None


ANYTHING = RiskFacts()
"""Facts of a declaration of which only profiles of all declarations are asked."""


@dataclass(frozen=True, kw_only=True)
class LaneProfile:
    """Shares of declarations per lane, adding up to one, and the rule that says so.

    A profile without conditions is of all declarations; `over` is the value it begins above.
    """

    shares: tuple[tuple[Lane, Decimal], ...]
    basis: Basis
    goods: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    over: Money | None = None

    def __post_init__(self) -> None:
        if sum(share for _, share in self.shares) != 1:
            raise ValueError("the shares of all lanes must add up to 100 %")

    def applies(self, facts: RiskFacts) -> bool:
        """Say whether the profile is of such a declaration."""
        if self.goods and not any(code.startswith(self.goods) for code in facts.hs_codes):
            return False
        if self.origins and not set(self.origins) & set(facts.origins):
            return False
        if self.over is None:
            return True
        value = facts.value
        return value is not None and value.currency == self.over.currency and self.over < value


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


def strictest_lane(
    profiles: Sequence[LaneProfile], facts: RiskFacts, *, seed: str, subject: str
) -> Lane:
    """Return the strictest lane that any profile of such a declaration draws."""
    drawn = [choose_lane(one, seed=seed, subject=subject) for one in profiles if one.applies(facts)]
    return max(drawn, key=lambda lane: _STRICTNESS[lane])


@lru_cache(SEEDS_KEPT_MAX)
def seed_of(secret: str, day: date) -> str:
    """Return a day's seed, 64 hexadecimal digits; ValueError after the end of the chain."""
    if day > CHAIN_END:
        raise ValueError(f"the chain of seeds ends on {CHAIN_END}")
    seed = hmac.new(secret.encode(), CHAIN_END.isoformat().encode(), hashlib.sha256).hexdigest()
    for _ in range((CHAIN_END - day).days):
        seed = commitment_to(seed)
    return seed


def commitment_to(seed: str) -> str:
    """Return what is published before a seed is used: its hash, which is the day before's seed."""
    return hashlib.sha256(seed.encode()).hexdigest()


def is_forced_unsent(order_no: str) -> bool:
    """Say whether a test-mode order number asks that its first sending fails, by `-UNSENT`."""
    return order_no.endswith("-UNSENT")


def forced_lane(order_no: str) -> Lane | None:
    """Return the lane that a test-mode order number asks for by its ending, such as `-RED`."""
    ending = order_no.rpartition("-")[2].lower()
    return Lane(ending) if ending in set(Lane) else None
