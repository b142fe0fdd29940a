"""Stored frames go onto this hub's own Kafka, where the peers they are for may read them.

A frame is stored before it is produced and noted as produced after: a crash in between sends it
again, byte for byte, and whoever reads it drops the second.
"""

import asyncio
from collections.abc import Iterable

import structlog

from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.framer import Framer
from shared.contracts.registry import SERVICES
from shared.db.tx import Store
from shared.kernel.errors import Unavailable
from shared.messaging.bus import EventBus, OutRecord, PublishError, TopicSpec

log = structlog.get_logger(__name__)

FRAMES_KEPT_S = 7 * 24 * 3600
"""How long a peer may stay away and still find its frames on Kafka; older ones the feed has."""
FRAMES_PER_STREAM_MAX = 20
LOOK_S = 2.0
"""How often to look where no frame was closed here: a peer may have been resumed."""
RETRY_S_MIN = 0.25
RETRY_S_MAX = 30.0
HEADER, SIGNATURE = "h", "s"
"""The record headers in which a frame's header and signature travel."""


class Shipper:
    """Produces frames for as long as `run` runs."""

    def __init__(self, store: Store[ExchangeTx], bus: EventBus, framer: Framer) -> None:
        self._store = store
        self._bus = bus
        self._framer = framer

    async def run(self) -> None:
        """Ship for ever; a broker that is away is waited for, and every frame stays stored."""
        wait_s = RETRY_S_MIN
        while True:
            try:
                closings = self._framer.closings
                shipped = await self.ship()
                wait_s = RETRY_S_MIN
                if not shipped:
                    await self._framer.wait_for_frames(after=closings, timeout_s=LOOK_S)
            except (PublishError, Unavailable) as error:
                log.warning("road.not-shipped", why=error.message)
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, RETRY_S_MAX)

    async def ship(self) -> int:
        """Produce the next frames of every stream whose peer is not suspended; say how many."""
        async with self._store.reading() as tx:
            waiting = await tx.outgoing.unproduced(limit=FRAMES_PER_STREAM_MAX)
        if not waiting:
            return 0
        records = [
            OutRecord(
                stream.topic,
                stream.key.encode(),
                frame.value,
                ((HEADER, frame.header), (SIGNATURE, frame.signature)),
                stream.partition,
            )
            for stream, _, frame in waiting
        ]
        await self._bus.publish(records)
        async with self._store.transaction() as tx:
            await tx.outgoing.produced({stream.key: last for stream, last, _ in waiting})
        return len(waiting)


def frame_topics(peers: Iterable[str], *, partitions: int) -> list[TopicSpec]:
    """Return the topics on which this hub offers frames to its peers."""
    return [
        TopicSpec(Stream("", peer, area).topic, partitions, FRAMES_KEPT_S)
        for peer in peers
        for area in areas()
    ]


def areas() -> list[str]:
    """Return the subject areas of streams: what each service says, and the road's own canaries."""
    return list(SERVICES)
