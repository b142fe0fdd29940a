"""Tell a member at its other addresses that one of them is no longer called."""

from services.orders.domain.endpoint import Endpoint
from services.orders.store.tx import OrdersTx
from services.orders.usecases.queue_notice import queue_notice
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
    await queue_notice(tx, message, member_id=endpoint.member_id, subject_id=endpoint.id)
