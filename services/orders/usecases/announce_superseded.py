"""Queue a message to who asked `permits`, when a rule behind the answer changed."""

from services.orders.domain.delivery import Delivery
from services.orders.store.tx import OrdersTx
from shared.contracts.orders.webhooks import GuidanceMessage, GuidanceNews
from shared.contracts.permits.events import GuidanceSuperseded


async def announce_superseded(tx: OrdersTx, event: GuidanceSuperseded) -> None:
    """Queue a message per listening endpoint of the asker, due now.

    An answer asked for anew can be superseded again, so its messages are counted.
    """
    message = GuidanceMessage(
        timestamp=tx.now,
        data=GuidanceNews(answer_id=event.answer_id, reason=event.reason, superseded_at=event.at),
    )
    deliveries = []
    for endpoint in await tx.endpoints.listening({event.asker_id}):
        last = await tx.deliveries.last_sequence(endpoint.id, subject_id=event.answer_id)
        deliveries.append(
            Delivery(
                id=tx.ids.new("whd"),
                endpoint_id=endpoint.id,
                member_id=endpoint.member_id,
                subject_id=event.answer_id,
                sequence=last + 1,
                type=message.type,
                body=message.model_dump_json(),
                created_at=tx.now,
                due_at=tx.now,
            )
        )
    await tx.deliveries.add(deliveries)
