"""The tax bill of a released parcel, and the guarantee account it is drawn on.

A bill is generated with the release, summarised into a payment order, or voided as goods go back;
a part that goes back is voided in part. Statuses are the authority's: 1, 2 and 3. Goods in transit
owe nothing yet: their bill is security (0), void once they arrive and due if they never do.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from services.customs.domain.basis import Finding
from shared.kernel.errors import Conflict
from shared.kernel.money import Money

GUARANTEE_EXHAUSTED = "guarantee-exhausted"


class BillStatus(IntEnum):
    """Where a tax bill stands."""

    SECURED = 0
    GENERATED = 1
    SUMMARISED = 2
    VOIDED = 3


class BillStepNotAllowed(Conflict):
    """The tax bill's status does not allow this step."""

    code = "customs.tax-bill-step-not-allowed"


HELD = frozenset({BillStatus.SECURED, BillStatus.GENERATED})
"""The statuses in which a bill takes room on its guarantor's account."""


@dataclass(frozen=True, kw_only=True)
class DrawnBill:
    """One parcel's bill on its guarantor's account; `voided` is what went back with goods."""

    number: str
    declaration_id: str
    guarantor: str
    duty: Money
    vat: Money
    consumption: Money
    other: Money
    voided: Money
    drawn_on: date
    status: BillStatus = BillStatus.GENERATED
    payment_order: str = ""

    @property
    def tax(self) -> Money:
        return self.duty + self.vat + self.consumption + self.other

    @property
    def owed(self) -> Money:
        """What the guarantor still answers for."""
        return self.tax - self.voided

    def summarised(self, payment_order: str) -> "DrawnBill":
        if self.status is not BillStatus.GENERATED:
            raise BillStepNotAllowed(f"bill {self.number} is {self.status.name.lower()}")
        return replace(self, status=BillStatus.SUMMARISED, payment_order=payment_order)

    def fallen_due(self) -> "DrawnBill":
        """Owe what was secured: the goods did not arrive in time."""
        if self.status is not BillStatus.SECURED:
            raise BillStepNotAllowed(f"bill {self.number} is {self.status.name.lower()}")
        return replace(self, status=BillStatus.GENERATED)

    def void(self, part: Money) -> "DrawnBill":
        """Void a part; when nothing is left the bill is void. A summarised one is refunded."""
        if part.minor < 0 or self.owed < part:
            raise BillStepNotAllowed(f"bill {self.number} can't be voided by more than it says")
        after = replace(self, voided=self.voided + part)
        if after.owed.minor == 0 and self.status in HELD:
            return replace(after, status=BillStatus.VOIDED)
        return after


@dataclass(frozen=True, kw_only=True)
class Guarantee:
    """What a guarantor may owe at once; `version` counts its top-ups."""

    guarantor: str
    limit: Money
    version: int = 1

    def shortfall(self, *, drawn: Money, tax: Money) -> tuple[Finding, ...]:
        """Say when a further tax does not fit; exactly the limit fits."""
        if drawn + tax <= self.limit:
            return ()
        return (
            Finding(
                code=GUARANTEE_EXHAUSTED,
                field="guarantor",
                documents=("order",),
                remedy="The guarantee account is used up: top it up, or have its bills paid.",
            ),
        )
