"""Say an event about an order and write the same into its timeline, in one go."""

from services.orders.domain.facts import Fact, FactKind
from services.orders.store.tx import OrdersTx
from services.orders.usecases.record_facts import record_facts
from shared.contracts.event import Event


async def say(
    tx: OrdersTx,
    event: Event,
    kind: FactKind,
    *,
    order_id: str,
    audience: tuple[str, ...],
    sequence: int,
    logistics_no: str = "",
    **detail: str,
) -> None:
    """Say `event` to `audience` and record the fact of that kind, said by this hub now.

    All that is said about an order goes under its key, so that its hearers keep the sequence.
    """
    said = await tx.emit(event, key=order_id, audience=audience, sequence=sequence)
    fact = Fact(
        kind=kind,
        order_id=order_id,
        hub=tx.hub,
        event_id=said.id,
        occurred_at=tx.now,
        logistics_no=logistics_no,
        detail=detail,
    )
    await record_facts(tx, [fact])
