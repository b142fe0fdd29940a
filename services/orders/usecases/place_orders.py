"""Take many orders in one transaction; each is placed or refused on its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.orders.domain.draft import Draft
from services.orders.domain.intake import IntakeRules
from services.orders.domain.order import Order
from services.orders.store.tx import OrdersTx
from services.orders.usecases.place_order import place_order
from shared.kernel.errors import Conflict, Rejected


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one draft: the order, or why not."""

    draft: Draft
    order: Order | None = None
    refusal: Rejected | Conflict | None = None


async def place_orders(
    tx: OrdersTx, *, drafts: Sequence[Draft], marketplace_id: str, rules: IntakeRules
) -> list[Outcome]:
    """Return the outcomes in the order of the drafts; what is wrong with one spoils no other."""
    outcomes = []
    for draft in drafts:
        try:
            async with tx.attempt():
                order = await place_order(
                    tx, draft=draft, marketplace_id=marketplace_id, rules=rules
                )
            outcomes.append(Outcome(draft=draft, order=order))
        except (Rejected, Conflict) as refusal:
            outcomes.append(Outcome(draft=draft, refusal=refusal))
    return outcomes
