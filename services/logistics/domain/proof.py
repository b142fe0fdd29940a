"""The proof that a parcel was given to its buyer, or that the buyer refused it.

The proof itself, a signature or a photo, stays with the carrier; kept here are its hash, its kind,
when it was taken and in which place: a UN/LOCODE, since a door's address would name the buyer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.kernel.errors import Rejected

CLOCKS_APART_MAX = timedelta(minutes=5)
"""How far a carrier's handheld may be ahead of this hub."""


class ProofTimeWrong(Rejected):
    """A proof is taken after its parcel arrived and before it is told of."""

    code = "logistics.proof-time-wrong"
    help = "Give the moment at which it was signed or photographed, with its time zone."


class ProofKind(StrEnum):
    """What was taken at the door or the counter."""

    SIGNATURE = "signature"
    PHOTO = "photo"
    CODE = "code"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """`place` is blank where the carrier doesn't say."""

    sha256: str
    taken_at: datetime
    kind: ProofKind = ProofKind.SIGNATURE
    place: str = ""

    def check(self, *, since: datetime | None, now: datetime) -> None:
        """Raise ProofTimeWrong unless it was taken since the parcel came in and before now."""
        if self.taken_at > now + CLOCKS_APART_MAX:
            raise ProofTimeWrong("the proof is from the future", field="taken_at")
        if since is not None and self.taken_at < since:
            raise ProofTimeWrong(
                "the proof is older than the parcel's arrival",
                field="taken_at",
                arrived_at=since.isoformat(),
            )
