"""Exports whose proceeds must come home: until when, and what shows that they did.

Where a country's law sets a term (Malaysia: M9, six months from the day of export), each exported
parcel has a last day. What came home is what peer hubs settled in windows that both hubs signed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import StrEnum


class RepatriationState(StrEnum):
    """Where the proceeds of an order are."""

    AWAITED = "awaited"
    HOME = "home"
    LATE = "late"
    """They came after the last day."""
    OVERDUE = "overdue"
    """The last day is over and they are not here."""
    NOTHING_DUE = "nothing-due"
    """The buyer has all of the money back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedParcel:
    """A parcel that left, under which declaration, and until when its money must be home."""

    parcel_id: str
    order_id: str
    order_no: str
    declaration_id: str
    form: str
    fob_minor: int
    fob_currency: str
    exported_at: datetime
    home_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Homecoming:
    """What one settled window brought for an order, and the sheet that both hubs signed."""

    window_id: str
    debtor: str
    amount_minor: int
    currency: str
    settled_at: datetime
    sheet_sha256: str
    our_signature: str
    their_signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repatriation:
    """One order's exports, what came home for them, and what is owed for them still."""

    parcels: Sequence[ExportedParcel]
    received: Sequence[Homecoming]
    owed_minor: int
    is_given_back: bool

    @property
    def home_by(self) -> date:
        """The last day of the parcel that left first."""
        return min(parcel.home_by for parcel in self.parcels)

    def state(self, *, today: date, zone: tzinfo) -> RepatriationState:
        """Return where the money is on a day; days are the authority's, as `zone` has them."""
        total = sum(each.amount_minor for each in self.received)
        if total > 0 and self.owed_minor <= 0:
            last = max(each.settled_at for each in self.received).astimezone(zone).date()
            return RepatriationState.HOME if last <= self.home_by else RepatriationState.LATE
        if self.is_given_back:
            return RepatriationState.NOTHING_DUE
        return RepatriationState.AWAITED if today <= self.home_by else RepatriationState.OVERDUE
