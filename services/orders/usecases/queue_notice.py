"""Queue a message to a member that is about no order, one per address that listens, due now."""

from services.orders.domain.delivery import Delivery
from services.orders.store.tx import OrdersTx
from shared.contracts.orders.webhooks import EndpointMessage, GuidanceMessage


async def queue_notice(
    tx: OrdersTx, message: EndpointMessage | GuidanceMessage, *, member_id: str, subject_id: str
) -> None:
    """Queue it; messages about one subject to one address are counted from 1."""
    deliveries = []
    for endpoint in await tx.endpoints.listening({member_id}):
        last = await tx.deliveries.last_sequence(endpoint.id, subject_id=subject_id)
        deliveries.append(
            Delivery(
                id=tx.ids.new("whd"),
                endpoint_id=endpoint.id,
                member_id=endpoint.member_id,
                subject_id=subject_id,
                sequence=last + 1,
                type=message.type,
                body=message.model_dump_json(),
                created_at=tx.now,
                due_at=tx.now,
            )
        )
    await tx.deliveries.add(deliveries)
