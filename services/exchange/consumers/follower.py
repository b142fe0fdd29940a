"""Reading a peer's frames from its own Kafka: no group, no write, positions in our database.

The numbers decide, not the log: what the log has twice is dropped, what it lacks or has damaged is
asked of the peer's feed. So frames may come either way, and the way may change at any moment.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from services.exchange.clients.feed import Feed
from services.exchange.consumers.frames import Arrived, FrameTaker
from services.exchange.consumers.patience import Patience
from services.exchange.consumers.peers import Pulled
from services.exchange.domain.frame import SEQ_MAX, Frame, FrameMalformed, FrameOverLimit
from services.exchange.domain.receive import Apply, Duplicate, Gap, Refused
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.judge_frame import Decision
from services.exchange.usecases.shipper import HEADER, SIGNATURE, areas
from shared.db.tx import Store
from shared.kernel.errors import Unavailable
from shared.messaging.bus import (
    TP,
    Batch,
    BusUnreachable,
    EventBus,
    InRecord,
    OffsetOutOfRange,
    Subscription,
)

log = structlog.get_logger(__name__)

FRAMES_PER_POLL_MAX = 20
SILENCE_S = 5.0


@dataclass
class Follower:
    """Follows the frames that one peer offers this hub on its Kafka."""

    store: Store[ExchangeTx]
    bus: EventBus
    feed: Feed
    taker: FrameTaker
    dest: str
    patience: Patience = field(default_factory=lambda: Patience(time.monotonic))
    now: Callable[[], float] = time.monotonic
    _subscription: Subscription | None = None
    _paused: set[TP] = field(default_factory=set)
    _noted: dict[str, int | None] = field(default_factory=dict)
    """How far each stream's log was read, as this process last put it into our database."""
    _heard_at: float = 0.0
    _is_away: bool = False

    @property
    def origin(self) -> str:
        return self.taker.peer.hub

    async def follow(self, *, wait_s: float = 0.0) -> Pulled:
        """Read once and apply what came; a stream that stops is left alone for a while.

        Raises BusUnreachable while the peer's brokers are away.
        """
        subscription = await self._started()
        self._take_up(subscription)
        try:
            batches = await subscription.poll(FRAMES_PER_POLL_MAX, wait_s)
        except OffsetOutOfRange as error:
            # Retention, or a log made anew: the numbers tell what is missing, the feed has it.
            log.warning("road.log-moved", peer=self.origin, why=error.message)
            await subscription.seek(error.tp, error.low)
            return Pulled()
        await self._refuse_silence(heard=bool(batches))
        stopped = {
            self._stream(batch.tp).key
            for batch in batches
            if not await self._took(batch, subscription)
        }
        return Pulled(frozenset(stopped))

    async def close(self) -> None:
        """Stop reading; the next `follow` goes on at the stored positions."""
        subscription, self._subscription = self._subscription, None
        self._paused.clear()
        if subscription is not None:
            await subscription.close()
            await self.bus.stop()

    async def _started(self) -> Subscription:
        if self._subscription is None:
            await self.bus.start()
            topics = [Stream(self.origin, self.dest, area).topic for area in areas()]
            self._subscription = self.bus.follow(topics, on_assign=self._positions)
        return self._subscription

    async def _refuse_silence(self, *, heard: bool) -> None:
        """A reader is not told that its broker has gone: after a silence, ask."""
        now = self.now()
        if heard:
            self._is_away, self._heard_at = False, now
        elif now - self._heard_at > SILENCE_S:
            self._is_away, self._heard_at = not (await self.bus.health()).ok, now
        if self._is_away:
            raise BusUnreachable(f"the brokers of {self.origin} do not answer")

    async def _positions(self, tps: set[TP]) -> Mapping[TP, int]:
        """Return where our database says each log was read to."""
        async with self.store.reading() as tx:
            stored = {each.stream: each.log_offset for each in await tx.incoming.all(self.origin)}
        found = {tp: stored.get(self._stream(tp).key) for tp in tps}
        return {tp: offset for tp, offset in found.items() if offset is not None}

    async def _took(self, batch: Batch, subscription: Subscription) -> bool:
        """Take a batch's frames in order; say whether its stream goes on behind them."""
        stream = self._stream(batch.tp)
        taken = 0
        while taken < len(batch.records):
            taken += await self._applied(batch.records[taken:])
            if taken == len(batch.records):
                break
            if not await self._mended(batch.records[taken], stream):
                offset = batch.records[taken].offset
                await subscription.seek(batch.tp, offset)
                subscription.pause([batch.tp])
                self._paused.add(batch.tp)
                self.patience.hold(stream.key)
                await self._note(stream, offset)
                return False
            taken += 1
        self.patience.release(stream.key)
        await self._note(stream, batch.next_offset)
        return True

    async def _applied(self, records: Sequence[InRecord]) -> int:
        """Take frames up to the first that stops the stream; return how many were taken."""
        arrived = [Arrived(_frame_of(record), record.offset + 1) for record in records]
        taken = 0
        async for stream, decision in self.taker.take_all(arrived):
            if not isinstance(decision, Apply | Duplicate):
                break
            if isinstance(decision, Apply):
                self._noted[stream] = arrived[taken].log_offset
            taken += 1
        return taken

    async def _mended(self, record: InRecord, stream: Stream) -> bool:
        """Take a frame that stopped the stream: what the log lacks in front of it, or has damaged,
        comes by the feed."""
        frame = _frame_of(record)
        decision = await self._take(frame, record)
        if isinstance(decision, Gap):
            await self._fill(stream, decision.expected, decision.got - 1)
            decision = await self._take(frame, record)
        if isinstance(decision, Refused):
            # The bad record is evidence now. The true frame of its number, if there is one, is in
            # the feed; where the feed has none, the numbers that follow will tell.
            return await self._healed(stream)
        return isinstance(decision, Apply | Duplicate)

    async def _healed(self, stream: Stream) -> bool:
        async with self.store.reading() as tx:
            found = await tx.incoming.find(stream)
        if found is not None and found.is_frozen:
            return False
        return await self._fill(stream, 1 if found is None else found.position.seq + 1, SEQ_MAX)

    async def _fill(self, stream: Stream, first: int, last: int) -> bool:
        """Ask the feed for a range and apply it; say whether the feed could be asked."""
        while first <= last:
            try:
                frames = await self.feed.frames(stream.key, first=first, last=last)
            except (Unavailable, FrameMalformed, FrameOverLimit) as error:
                log.info("road.not-filled", peer=self.origin, stream=stream.key, why=error.message)
                return False
            if not frames:
                return True
            for frame in frames:
                _, decision = await self.taker.take(frame)
                if isinstance(decision, Apply):
                    first = decision.header.last + 1
                elif isinstance(decision, Duplicate):
                    first = max(first, decision.last + 1)
                else:
                    return False
        return True

    async def _take(self, frame: Frame, record: InRecord) -> Decision:
        _, decision = await self.taker.take(frame, log_offset=record.offset + 1)
        return decision

    async def _note(self, stream: Stream, offset: int) -> None:
        """Keep how far the log was read where the last frame was not applied from it."""
        if self._noted.get(stream.key) == offset:
            return
        async with self.store.reading() as tx:
            found = await tx.incoming.find(stream)
        if found is not None and found.log_offset != offset:
            async with self.store.transaction() as tx:
                await tx.incoming.read_to([(stream.key, offset)])
            self._noted[stream.key] = offset

    def _take_up(self, subscription: Subscription) -> None:
        """Read on in the partitions whose streams were left alone for long enough."""
        held = self.patience.held()
        due = {tp for tp in self._paused if self._stream(tp).key not in held}
        if due:
            self._paused -= due
            subscription.resume(due)

    def _stream(self, tp: TP) -> Stream:
        area = tp.topic.removeprefix(f"eroad.{self.dest}.").removesuffix(".v1")
        return Stream(self.origin, self.dest, area, tp.partition)


def _frame_of(record: InRecord) -> Frame:
    """The frame in a record; what lacks a part of one is refused as unreadable."""
    parts = dict(record.headers)
    return Frame(parts.get(HEADER, b""), parts.get(SIGNATURE, b""), record.value or b"")
