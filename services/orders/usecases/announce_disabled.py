"""Tell a member at its other addresses that one of them is no longer called."""

from services.orders.domain.delivery import Delivery
from services.orders.domain.endpoint import Endpoint
from services.orders.store.tx import OrdersTx
from shared.contracts.orders.webhooks import EndpointMessage, EndpointNews


async def announce_disabled(tx: OrdersTx, endpoint: Endpoint) -> None:
    """Queue the notice to each endpoint of the member that still listens, due now.

    A member with one address finds it in its list of endpoints; there is nobody else to call.
    """
    assert endpoint.disabled_for is not None, "only what is disabled is announced so"
    assert endpoint.disabled_at is not None, "only what is disabled is announced so"
    message = EndpointMessage(
        timestamp=tx.now,
        data=EndpointNews(
            endpoint_id=endpoint.id,
            url=endpoint.url,
            reason=endpoint.disabled_for.value,
            disabled_at=endpoint.disabled_at,
        ),
    )
    deliveries = []
    for other in await tx.endpoints.listening({endpoint.member_id}):
        last = await tx.deliveries.last_sequence(other.id, subject_id=endpoint.id)
        deliveries.append(
            Delivery(
                id=tx.ids.new("whd"),
                endpoint_id=other.id,
                member_id=other.member_id,
                subject_id=endpoint.id,
                sequence=last + 1,
                type=message.type,
                body=message.model_dump_json(),
                created_at=tx.now,
                due_at=tx.now,
            )
        )
    await tx.deliveries.add(deliveries)
