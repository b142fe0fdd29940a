"""Webhook endpoints and their deliveries over HTTP; a member sees and touches its own only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.orders.api.deps import (
    DeliveryId,
    EndpointId,
    LoopbackAllowed,
    OrdersReading,
    OrdersTransaction,
)
from services.orders.domain.delivery import OPEN, Delivery, DeliveryState
from services.orders.domain.endpoint import Endpoint
from services.orders.usecases.enable_endpoint import enable_endpoint
from services.orders.usecases.register_endpoint import register_endpoint
from services.orders.usecases.remove_endpoint import remove_endpoint
from services.orders.usecases.replay_deliveries import replay_dead, replay_delivery
from services.orders.usecases.rotate_endpoint_secret import rotate_endpoint_secret
from shared.contracts.orders.webhooks import (
    AttemptView,
    DeliveryView,
    EndpointSecret,
    EndpointView,
    RegisterEndpoint,
    ReplayDead,
    Replayed,
)
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for
from shared.web.public_only import check_url
from shared.web.webhooks import new_secret, new_signing_key, public_key_of

WRITES = [Depends(requires("orders:write", "orders:answer", "permits:write"))]
"""Whoever may act, a seller or an agent too, may be told of what is theirs."""
READS = [Depends(requires("orders:read"))]

endpoints = APIRouter(prefix="/v1/webhook-endpoints", tags=["webhooks"], route_class=DoorRoute)
deliveries = APIRouter(prefix="/v1/webhook-deliveries", tags=["webhooks"], route_class=DoorRoute)


@endpoints.post("", status_code=201, dependencies=WRITES)
async def register(
    body: RegisterEndpoint,
    tx: OrdersTransaction,
    caller: Caller,
    loopback_allowed: LoopbackAllowed,
    response: Response,
) -> EndpointSecret:
    """Name an address that is told of the caller's orders and answers; its secret is shown once."""
    endpoint = await register_endpoint(
        tx,
        member_id=caller.member_id,
        url=check_url(body.url, loopback_allowed=loopback_allowed),
        secret=new_secret(),
        signing_key=new_signing_key(),
    )
    response.headers["Location"] = f"/v1/webhook-endpoints/{endpoint.id}"
    return EndpointSecret(endpoint=_endpoint_view(endpoint), secret=endpoint.secret)


@endpoints.get("/{endpoint_id}", dependencies=READS)
async def read(endpoint_id: EndpointId, tx: OrdersReading, caller: Caller) -> EndpointView:
    """Read one endpoint, without its secret."""
    return _endpoint_view(await tx.endpoints.get(endpoint_id, member_id=caller.member_id))


@endpoints.get("", dependencies=READS)
async def page(
    tx: OrdersReading, caller: Caller, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[EndpointView]:
    """List the caller's endpoints."""
    found = await tx.endpoints.page(member_id=caller.member_id, after=after(cursor), limit=limit)
    return Page(
        items=[_endpoint_view(endpoint) for endpoint in found],
        next_cursor=cursor_for([endpoint.id for endpoint in found], limit=limit),
    )


@endpoints.delete("/{endpoint_id}", status_code=204, dependencies=WRITES)
async def remove(endpoint_id: EndpointId, tx: OrdersTransaction, caller: Caller) -> None:
    """Stop telling an endpoint, and forget it with its log."""
    await remove_endpoint(tx, endpoint_id=endpoint_id, member_id=caller.member_id)


@endpoints.post("/{endpoint_id}/rotate", dependencies=WRITES)
async def rotate(endpoint_id: EndpointId, tx: OrdersTransaction, caller: Caller) -> EndpointSecret:
    """Replace the secret; for a day messages are signed with the old one too."""
    endpoint = await rotate_endpoint_secret(
        tx, endpoint_id=endpoint_id, member_id=caller.member_id, secret=new_secret()
    )
    return EndpointSecret(endpoint=_endpoint_view(endpoint), secret=endpoint.secret)


@endpoints.post("/{endpoint_id}/enable", dependencies=WRITES)
async def enable(endpoint_id: EndpointId, tx: OrdersTransaction, caller: Caller) -> EndpointView:
    """Call a disabled endpoint again; what it missed stands in the timelines."""
    return _endpoint_view(
        await enable_endpoint(tx, endpoint_id=endpoint_id, member_id=caller.member_id)
    )


@endpoints.post("/{endpoint_id}/replay", dependencies=WRITES)
async def replay_many(
    endpoint_id: EndpointId, body: ReplayDead, tx: OrdersTransaction, caller: Caller
) -> Replayed:
    """Send again what was given up on, of all messages made since a moment."""
    count = await replay_dead(
        tx, endpoint_id=endpoint_id, member_id=caller.member_id, since=body.since
    )
    return Replayed(count=count)


@deliveries.get("", dependencies=READS)
async def log(
    tx: OrdersReading,
    caller: Caller,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    endpoint_id: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    order_id: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    answer_id: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    state: Annotated[DeliveryState | None, Query()] = None,
) -> Page[DeliveryView]:
    """The log of the caller's deliveries, kept for a month."""
    found = await tx.deliveries.page(
        member_id=caller.member_id,
        after=after(cursor),
        limit=limit,
        endpoint_id=endpoint_id,
        subject_id=order_id or answer_id,
        state=state,
    )
    return Page(
        items=[_delivery_view(delivery) for delivery in found],
        next_cursor=cursor_for([delivery.id for delivery in found], limit=limit),
    )


@deliveries.get("/{delivery_id}", dependencies=READS)
async def read_one(delivery_id: DeliveryId, tx: OrdersReading, caller: Caller) -> DeliveryView:
    """Read how one delivery goes."""
    return _delivery_view(await tx.deliveries.get(delivery_id, member_id=caller.member_id))


@deliveries.post("/{delivery_id}/replay", dependencies=WRITES)
async def replay(delivery_id: DeliveryId, tx: OrdersTransaction, caller: Caller) -> DeliveryView:
    """Send one message again, whatever became of it; its `webhook-id` stays the same."""
    return _delivery_view(
        await replay_delivery(tx, delivery_id=delivery_id, member_id=caller.member_id)
    )


def _endpoint_view(endpoint: Endpoint) -> EndpointView:
    return EndpointView(
        id=endpoint.id,
        url=endpoint.url,
        public_key=public_key_of(endpoint.signing_key),
        created_at=endpoint.created_at,
        failing_since=endpoint.failing_since,
        disabled_at=endpoint.disabled_at,
        disabled_for=None if endpoint.disabled_for is None else endpoint.disabled_for.value,
    )


_SUBJECTS = {"guidance.superseded": "answer_id", "endpoint.disabled": "disabled_endpoint_id"}
"""What a message is about, by its type; every other is about an order."""


def _delivery_view(delivery: Delivery) -> DeliveryView:
    about = _SUBJECTS.get(delivery.type, "order_id")
    return DeliveryView(
        id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        **{about: delivery.subject_id},
        sequence=delivery.sequence,
        type=delivery.type,
        state=delivery.state.value,
        due_at=delivery.due_at if delivery.state in OPEN else None,
        delivered_at=delivery.delivered_at,
        created_at=delivery.created_at,
        replays=delivery.replays,
        attempts=[
            AttemptView(
                at=attempt.at, status=attempt.status, error=attempt.error, took_ms=attempt.took_ms
            )
            for attempt in delivery.attempts
        ],
    )
