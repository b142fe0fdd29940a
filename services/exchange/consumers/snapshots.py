"""Taking a snapshot from a peer: part by part, from where it was left, until the stream stands."""

from dataclasses import dataclass

import structlog

from services.exchange.clients.feed import Feed
from services.exchange.consumers.frames import FrameTaker
from services.exchange.domain.frame import Frame
from services.exchange.domain.snapshot import PARTS_MAX
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.take_snapshot import PartTaken, stop_behind_retention, take_part
from shared.contracts.registry import SERVICES
from shared.db.tx import Store

log = structlog.get_logger(__name__)


@dataclass
class SnapshotTaker:
    """Takes snapshots of one peer's streams, and hands over what this hub signs for them."""

    store: Store[ExchangeTx]
    feed: Feed
    taker: FrameTaker

    async def take(self, name: str) -> bool:
        """Take the snapshot of a stream that its origin says we are too far behind in; say whether
        the stream stands behind it."""
        if not self._is_ours(name):
            log.error("road.snapshot-of-no-stream", peer=self.feed.peer.hub, stream=name)
            return False
        stream = Stream.of_key(name)
        async with self.store.transaction() as tx:
            await stop_behind_retention(tx, stream)
        for _ in range(PARTS_MAX):
            async with self.store.reading() as tx:
                taking = await tx.snapshots.taking(stream)
                found = await tx.incoming.find(stream)
            parts = await self.feed.snapshot(
                name,
                seq=found.position.seq if found else 0,
                snapshot=taking.snapshot,
                after=len(taking.roots),
            )
            taken = [await self._take(part, stream) for part in parts]
            if PartTaken.FINISHED in taken:
                log.info("road.snapshot-taken", peer=self.feed.peer.hub, stream=name)
                return True
            if PartTaken.REFUSED in taken or PartTaken.KEPT not in taken:
                return False
        return False

    async def give_receipts(self) -> int:
        """Hand over the receipts for snapshots that the peer does not have yet."""
        async with self.store.reading() as tx:
            untold = await tx.snapshots.untold(self.feed.peer.hub)
        for taken in untold:
            is_kept = await self.feed.give_snapshot_receipt(taken.stream, taken.receipt)
            if not is_kept:
                log.warning("road.snapshot-receipt-refused", stream=taken.stream, seq=taken.seq)
            async with self.store.transaction() as tx:
                await tx.snapshots.told(taken, now=tx.now)
        return len(untold)

    async def _take(self, part: Frame, stream: Stream) -> PartTaken:
        rules = await self.taker.rules()
        async with self.store.transaction() as tx:
            return await take_part(
                tx,
                part,
                stream,
                peer=self.feed.peer,
                rules=rules,
                key=self.taker.key,
                now=None if self.taker.clocks_may_differ else tx.now,
            )

    def _is_ours(self, name: str) -> bool:
        origin, dest, area, partition = [*name.split("/"), "", "", ""][:4]
        ends = (self.feed.peer.hub, self.store.ids.hub)
        return (origin, dest) == ends and area in SERVICES and partition.isdigit()
