"""Queue a message to the marketplace for each new entry in the timelines of its orders."""

from collections.abc import Sequence
from typing import NamedTuple

from services.orders.domain.delivery import Delivery
from services.orders.domain.order import Order
from services.orders.store.timelines import Entry
from services.orders.store.tx import OrdersTx
from shared.contracts.orders.api import TimelineEntry
from shared.contracts.orders.webhooks import OrderMessage, OrderNews


class News(NamedTuple):
    """An entry, and its order as it was then."""

    entry: Entry
    order: Order


async def announce_entries(tx: OrdersTx, news: Sequence[News]) -> None:
    """Queue the messages, one per entry and listening endpoint, due now."""
    if not news:
        return
    endpoints = await tx.endpoints.listening({order.marketplace_id for _, order in news})
    deliveries = []
    for entry, order in news:
        for endpoint in endpoints:
            if endpoint.member_id == order.marketplace_id:
                message = _message(entry, order)
                deliveries.append(
                    Delivery(
                        id=tx.ids.new("whd"),
                        endpoint_id=endpoint.id,
                        member_id=endpoint.member_id,
                        subject_id=order.id,
                        sequence=entry.sequence,
                        type=message.type,
                        body=message.model_dump_json(exclude_none=True),
                        created_at=tx.now,
                        due_at=tx.now,
                    )
                )
    await tx.deliveries.add(deliveries)


def entry_words(entry: Entry) -> TimelineEntry:
    """Return an entry in the words of the API."""
    fact = entry.fact
    return TimelineEntry(
        sequence=entry.sequence,
        kind=fact.kind.value,
        hub=fact.hub,
        occurred_at=fact.occurred_at,
        recorded_at=entry.recorded_at,
        logistics_no=fact.logistics_no or None,
        detail=dict(fact.detail),
    )


def _message(entry: Entry, order: Order) -> OrderMessage:
    return OrderMessage(
        type=f"order.{entry.fact.kind.value}",
        timestamp=entry.recorded_at,
        data=OrderNews(
            order_id=order.id,
            order_no=order.order_no,
            platform_code=order.platform_code,
            state=order.state.value,
            entry=entry_words(entry),
        ),
    )
