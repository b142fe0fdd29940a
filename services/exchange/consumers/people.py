"""People are erased as this hub's services say, and peers are told until each has signed for it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from services.exchange.clients.feed import Feed
from services.exchange.domain.erasure import ErasureReceiptRefused, check_erasure_receipt
from services.exchange.store.tx import ERASED, SIGNED, ExchangeTx
from services.exchange.usecases.erase_person import erase_person
from shared.contracts.event import Envelope
from shared.contracts.members.events import ContactErased
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

LOOK_S = 5.0
"""How often to look where no bell was heard: another process may have erased."""
RETRY_S = 5.0


async def hear_erasures(tx: ExchangeTx, envelopes: Sequence[Envelope]) -> None:
    """Erase those whom the services of this hub said to be erased."""
    for envelope in envelopes:
        if envelope.type == ContactErased.wire_name:
            said = ContactErased.model_validate(ContactErased.parse(envelope.data))
            await erase_person(tx, said.person_id)


@dataclass
class ErasureTeller:
    """Tells one peer which keys to delete, for as long as `run` runs."""

    store: Store[ExchangeTx]
    feed: Feed

    async def run(self) -> None:
        erased = self.store.bells[ERASED]
        while True:
            try:
                seen = erased.rung
                if not await self.tell():
                    await erased.wait(after=seen, timeout_s=LOOK_S)
            except (Unavailable, ErasureReceiptRefused) as error:
                # An erasure is never given up: its age is a gauge, and the law's limit an alarm.
                log.error("erasure.waiting", peer=self.feed.peer.hub, why=error.message)
                await asyncio.sleep(RETRY_S)

    async def tell(self) -> int:
        """Tell all that waits and keep the receipts; return how many were signed for."""
        async with self.store.reading() as tx:
            waiting = await tx.person_keys.untold(self.feed.peer.hub)
        for each in waiting:
            receipt = await self.feed.erase_key(each.name)
            check_erasure_receipt(
                receipt, name=each.name, origin=self.store.ids.hub, ring=self.feed.peer.ring
            )
            async with self.store.transaction() as tx:
                await tx.person_keys.signed_for(each.name, receipt)
                tx.ring(SIGNED)
        return len(waiting)
