"""Keep what became of an attempt: delivered, to be tried again, or given up."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from services.orders.domain.delivery import Attempt, Delivery
from services.orders.store.tx import OrdersTx
from services.orders.usecases.announce_disabled import announce_disabled

log = structlog.get_logger(__name__)

GONE = 410
"""The status with which a receiver says that it wants no more (Standard Webhooks)."""


async def settle_delivery(
    tx: OrdersTx,
    *,
    claimed: Delivery,
    attempt: Attempt,
    received: bool,
    retry_after: Sequence[timedelta],
) -> None:
    """Settle one attempt; of an endpoint removed meanwhile there is nothing to settle."""
    endpoint = (await tx.endpoints.held([claimed.endpoint_id])).get(claimed.endpoint_id)
    delivery = await tx.deliveries.hold(claimed.id)
    if endpoint is None or delivery is None:
        return
    if received:
        await tx.deliveries.save(delivery.received(attempt))
        await tx.endpoints.save(endpoint.answered())
        return
    after = endpoint.failed(gone=attempt.status == GONE, now=attempt.at)
    is_off = after.disabled_at is not None
    await tx.deliveries.save(delivery.failed(attempt, retry_after=retry_after, final=is_off))
    await tx.endpoints.save(after)
    if is_off and endpoint.disabled_at is None:
        await tx.deliveries.give_up(endpoint.id)
        await announce_disabled(tx, after)
        log.warning("webhook.disabled", endpoint_id=endpoint.id, why=after.disabled_for)
