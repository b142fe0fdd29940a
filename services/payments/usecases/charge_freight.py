"""Book a consolidation's freight on the sellers whose parcels it carries."""

from collections.abc import Sequence

from services.payments.domain.settlement import ChargeFreight, FreightDue
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from shared.kernel.ids import derived_id


async def charge_freight(
    tx: PaymentsTx, *, consolidation_id: str, currency: str, shares: Sequence[FreightDue]
) -> None:
    """Book every share together; one consolidation's freight is booked once."""
    command = ChargeFreight(
        id=derived_id("cmd", tx.hub, ChargeFreight.NAME, consolidation_id),
        consolidation_id=consolidation_id,
        currency=currency,
        shares=tuple(shares),
    )
    outcome = await post(tx, command)
    outcome.answered()
