"""From the event being handled to a fact of a timeline."""

from datetime import datetime

from services.orders.domain.facts import Fact, FactKind
from services.orders.store.tx import OrdersTx

DETAIL_LENGTH_MAX = 500


def heard(
    tx: OrdersTx,
    kind: FactKind,
    order_id: str,
    *,
    logistics_no: str = "",
    occurred_at: datetime | None = None,
    **detail: str | None,
) -> Fact:
    """Return the fact, said by the hub of the event and, unless told otherwise, at its time.

    A detail of None is left out.
    """
    cause = tx.cause
    assert cause is not None, "a fact is heard from an event"
    return Fact(
        kind=kind,
        order_id=order_id,
        hub=cause.hub,
        event_id=cause.id,
        occurred_at=occurred_at or datetime.fromisoformat(cause.time),
        logistics_no=logistics_no,
        detail={
            name: text[:DETAIL_LENGTH_MAX] for name, text in detail.items() if text is not None
        },
    )
