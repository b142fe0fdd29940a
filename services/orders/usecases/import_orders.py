"""Place the orders of a large file, some at a time, after its request was answered."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.orders.store.tx import OrdersTx
from services.orders.usecases.country_rules import Intake
from services.orders.usecases.drafting import draft_of, problem_of
from services.orders.usecases.place_orders import Outcome, place_orders
from shared.contracts.orders.api import PlaceOrder
from shared.db.operations import Asked, Operation

IMPORT = "orders.import"
IMPORTED_AT_ONCE = 250
"""Orders that one step takes: a transaction of a fraction of a second."""


async def import_orders(
    tx: OrdersTx, operation: Operation, asked: Sequence[Asked], *, intake: Intake
) -> Mapping[int, Mapping[str, Any]]:
    """Return what became of these orders, by the first row of each."""
    outcomes = await place_orders(
        tx,
        drafts=[draft_of(PlaceOrder.model_validate(one.ask)) for one in asked],
        marketplace_id=operation.tenant,
        rules=intake.rules_at(tx.now),
    )
    return {one.line: _result(o) for one, o in zip(asked, outcomes, strict=True)}


def _result(outcome: Outcome) -> dict[str, Any]:
    if outcome.order is not None:
        return {"name": outcome.draft.order_no, "made_id": outcome.order.id}
    assert outcome.refusal is not None, "what is not placed is refused"
    problem = problem_of(outcome.refusal).model_dump(exclude_none=True)
    return {"name": outcome.draft.order_no, "problem": problem}
