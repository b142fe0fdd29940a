"""One slice of a seller's reserve: kept back from one order's proceeds, free at a moment."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveSlice:
    """Amount in minor units. Refunds may have drawn on the reserve before a slice is freed."""

    id: str
    seller_id: str
    order_id: str
    currency: str
    amount_minor: int
    release_at: datetime
    released_at: datetime | None = None
