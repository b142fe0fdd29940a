"""Stand-ins for the institutions that hold the real money. Each says that it is one.

No money moves and nobody is asked. In test mode the magic values below force an outcome; a real
provider takes the place of one of these without a change anywhere else.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from services.payments.clients.reference_rates import ReferenceRates
from services.payments.domain.institutions import BankAnswer
from services.payments.domain.original import Payee, ProviderAnswer, VerifiedBy
from services.payments.domain.payout import Payout
from services.payments.domain.quote import FxProvider
from services.payments.domain.rates import Mid
from services.payments.domain.statement import BankEntry, Booking
from shared.kernel.clock import Clock
from shared.kernel.money import Money

DECLINED = "test-declined"
"""An instrument that is always declined."""
RETURNED = "TEST-RETURNED"
"""A beneficiary account that the bank always returns."""
DUPLICATE, MISSING, WRONG_AMOUNT = "TEST-DUPLICATE", "TEST-MISSING", "TEST-WRONG-AMOUNT"
WRONG_REFERENCE, LATE, REVERSED = "TEST-WRONG-REFERENCE", "TEST-LATE", "TEST-REVERSED"
"""Beneficiary accounts with which the bank's statement is wrong, each in its own way."""
LATE_BY, REVERSED_AFTER = timedelta(days=3), timedelta(days=1)


@dataclass(frozen=True)
class SimulatedProvider:
    """A payment provider that approves everything, but not DECLINED in test mode."""

    is_test: bool
    clock: Clock
    name: str = "simulated"
    account: str = "psp:simulated"
    remembers: timedelta = timedelta(0)

    async def authorise(self, order_id: str, amount: Money, instrument: str) -> ProviderAnswer:
        """Approve the payment, and say in both messages that it is a simulation."""
        is_approved = not (self.is_test and instrument == DECLINED)
        now = self.clock.now()
        asked = {"orderId": order_id, "amountMinor": amount.minor, "currency": amount.currency}
        result = "approved" if is_approved else "declined"
        return ProviderAnswer(
            is_approved=is_approved,
            asked=_message(asked),
            answered=_message({**asked, "result": result, "at": now.isoformat()}),
            verified_by=VerifiedBy.OTHER,
            payee=Payee("simulated", "SIM", "SIM-ESCROW"),
            answered_at=now,
        )

    async def has_refunded(self, refund_id: str) -> bool:
        """Say whether the buyer has the money back."""
        return bool(refund_id)

    def entries(self, booking: Booking, beneficiary: str) -> list[BankEntry]:
        """Say what the statement holds for something we booked; always the same."""
        return [_entry(booking, beneficiary)]


def _entry(booking: Booking, beneficiary: str) -> BankEntry:
    return BankEntry(
        servicer_ref=f"SIM{booking.transfer_id[-26:].upper()}",
        amount_minor=booking.amount_minor,
        booked_at=booking.at,
        references=(booking.reference,),
        text="simulated",
        party_account=beneficiary,
    )


def _message(fields: Mapping[str, Any]) -> str:
    return json.dumps({"provider": "simulated", **fields}, sort_keys=True)


@dataclass(frozen=True)
class SimulatedBank:
    """A bank that sends every payout, but not one to RETURNED in test mode."""

    is_test: bool
    account: str = "simulated"
    remembers: timedelta = LATE_BY
    """How much later than we booked something it may still be told."""

    async def answer(self, payout: Payout) -> BankAnswer:
        """Say what became of a payout; the same payout gets the same answer."""
        if self.is_test and payout.beneficiary == RETURNED:
            return BankAnswer(reference="", return_reason="beneficiary-account-closed")
        return BankAnswer(reference=f"SIM-{payout.id[-16:].upper()}", return_reason="")

    def entries(self, booking: Booking, beneficiary: str) -> list[BankEntry]:
        """Say what the statement holds for something we booked; always the same."""
        entry = _entry(booking, beneficiary)
        if not self.is_test or booking.amount_minor > 0:
            return [entry]
        again = entry._replace(servicer_ref=f"{entry.servicer_ref}-2")
        told = {
            DUPLICATE: [entry, again],
            MISSING: [],
            WRONG_AMOUNT: [entry._replace(amount_minor=entry.amount_minor - 1)],
            WRONG_REFERENCE: [entry._replace(references=("SIMNOREF",))],
            LATE: [entry._replace(booked_at=entry.booked_at + LATE_BY)],
            REVERSED: [
                entry,
                again._replace(
                    amount_minor=-entry.amount_minor,
                    booked_at=entry.booked_at + REVERSED_AFTER,
                    is_reversal=True,
                ),
            ],
        }
        return told.get(beneficiary, [entry])


@dataclass(frozen=True)
class FixtureRates:
    """Mid rates from the settings, as fresh as the clock, and simulated exchange houses.

    Only test mode has rates in its settings. For other currencies the reference rates are asked.
    """

    rates: Mapping[tuple[str, str], Decimal]
    houses: Sequence[FxProvider]
    clock: Clock
    reference: ReferenceRates

    async def mids(self, source: str, target: str) -> Sequence[Mid]:
        """Return the rates of the settings if they know both currencies, else reference rates."""
        now = self.clock.now()
        fixed = [
            Mid(base, counter, 1, rate, "fixture", now)
            for (base, counter), rate in sorted(self.rates.items())
        ]
        known = {currency for mid in fixed for currency in (mid.base, mid.counter)}
        if {source, target} <= known:
            return fixed
        return await self.reference.mids(source, target)
