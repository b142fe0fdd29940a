"""One tax bill of one parcel: what customs charged, in which period, and what it gave back."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxBill:
    """Amounts in minor units; `returned_minor` is what customs gave back on returns in time."""

    id: str
    bill_no: str
    order_id: str
    logistics_no: str
    authority: str
    period: str
    currency: str
    amount_minor: int
    returned_minor: int = 0
    booked_at: datetime

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.returned_minor
