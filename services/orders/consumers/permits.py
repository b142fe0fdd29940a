"""What `permits` tells: an answer that it gave to somebody would come out otherwise today."""

from services.orders.store.tx import OrdersTx
from services.orders.usecases.announce_superseded import announce_superseded
from shared.contracts.permits.events import GuidanceSuperseded
from shared.messaging.consumer import on


async def on_guidance_superseded(event: GuidanceSuperseded, tx: OrdersTx) -> None:
    await announce_superseded(tx, event)


SUBSCRIPTIONS = [on(GuidanceSuperseded, on_guidance_superseded)]
