"""Peers' canaries are sent back, and this hub's own are welcomed."""

from collections.abc import Mapping

from services.exchange.domain.agreement import Agreements
from services.exchange.domain.peer import Peer
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.canary import answer_canary, welcome_canary
from shared.contracts.exchange.events import CanaryReturned, CanarySent
from shared.messaging.hearing import Hearing, on


def canary_hearings(peers: Mapping[str, Peer], agreements: Agreements) -> list[Hearing]:
    """Return what is heard of peers' roads."""

    async def on_canary_sent(event: CanarySent, tx: ExchangeTx) -> None:
        await answer_canary(tx, event, peers=peers, agreements=agreements)

    async def on_canary_returned(event: CanaryReturned, tx: ExchangeTx) -> None:
        await welcome_canary(tx, event)

    return [
        on(CanarySent, on_canary_sent, source="peers"),
        on(CanaryReturned, on_canary_returned, source="peers"),
    ]
