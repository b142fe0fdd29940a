"""After an upgrade: records in versions that this hub did not know are taken up, in their order.

A peer may be upgraded first. What it then says in a newer version of a type is kept raw, with what
came about the same subject behind it; which versions this hub knows changes only with its program,
so it is enough to look when it starts.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from services.exchange.domain.agreement import Agreements
from services.exchange.domain.line import envelope_of
from services.exchange.domain.peer import Peer, PeerUnknown
from services.exchange.domain.records import QuarantineReason
from services.exchange.store.set_aside import AsideRecord
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.replay_record import RecordNotWaiting, StillRefused, replay_record
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

AT_ONCE = 100
RETRY_S = 1.0


@dataclass
class NewerVersions:
    """Looks through the records that waited for a newer version of this program, once."""

    store: Store[ExchangeTx]
    peers: Mapping[str, Peer]
    agreements: Agreements
    clocks_may_differ: bool = False

    async def run(self) -> None:
        """Apply all that this hub can read by now; a stream that is busy is waited for."""
        number = 0
        while True:
            try:
                async with self.store.reading() as tx:
                    found = await tx.set_aside.waiting_as(
                        QuarantineReason.NEWER_VERSION, after=number, limit=AT_ONCE
                    )
                if not found:
                    return
                for each in found:
                    await self._take_up(each)
                    number = each.id
            except Unavailable as error:
                log.info("newer.waiting", why=error.message)
                await asyncio.sleep(RETRY_S)

    async def _take_up(self, record: AsideRecord) -> None:
        event_type = envelope_of(record.line).type
        if event_type not in self.agreements.schemas:
            return
        try:
            async with self.store.transaction() as tx:
                applied = await replay_record(
                    tx,
                    number=record.id,
                    agreements=self.agreements,
                    peers=self.peers,
                    now=None if self.clocks_may_differ else tx.now,
                )
            log.info("newer.applied", type=event_type, stream=record.stream, records=applied)
        except RecordNotWaiting:
            return  # applied with one of its subject in front of it
        except (StillRefused, PeerUnknown) as refused:
            log.error("newer.refused", type=event_type, stream=record.stream, why=refused.message)
