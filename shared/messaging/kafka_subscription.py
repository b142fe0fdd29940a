"""Reading from Kafka: positions come from the caller's database, broker commits are for display.

aiokafka joins the group and fetches in the background; here nothing is delivered before the
caller's positions are sought, nothing after its partitions are revoked, and a consumer that has
silently stopped is replaced.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import (
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)

from shared.messaging.bus import (
    POLL_RECORDS_MAX,
    POLL_TIMEOUT_S,
    TP,
    Batch,
    BusStopped,
    BusUnreachable,
    InRecord,
    NotAssigned,
    OffsetOutOfRange,
    UnknownTopic,
)
from shared.messaging.kafka_client import start_client
from shared.messaging.kafka_cluster import Cluster
from shared.messaging.kafka_watch import StallWatch

CONNECT_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 10.0
TOPIC_CHECK_S = 1.0
POLL_GRACE_S = 0.1
SETTINGS: Mapping[str, Any] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "none",
    "isolation_level": "read_committed",
    "max_poll_interval_ms": 300_000,
    "fetch_max_wait_ms": 100,
    "max_partition_fetch_bytes": 2_097_152,
    "metadata_max_age_ms": 60_000,
    "request_timeout_ms": 40_000,
}
_log = logging.getLogger(__name__)


class KafkaSubscription:
    """What group members and readers of one partition have in common: polling one consumer."""

    def __init__(
        self,
        settings: Mapping[str, Any],
        cluster: Cluster,
        watch: StallWatch,
        on_close: Callable[["KafkaSubscription"], None],
    ) -> None:
        self._settings = {**SETTINGS, **settings}
        self._cluster = cluster
        self._on_close = on_close
        self._consumer: AIOKafkaConsumer | None = None
        self._ready: set[TP] = set()  # assigned, and sought to where reading goes on
        self._paused: set[TP] = set()
        self._changed = asyncio.Event()
        self._polling = asyncio.Lock()
        self._watch = watch
        self._topic_check_at = 0.0
        self._closed = False

    async def poll(
        self, max_records: int = POLL_RECORDS_MAX, timeout: float = POLL_TIMEOUT_S
    ) -> list[Batch]:
        async with self._polling:
            deadline = asyncio.get_running_loop().time() + timeout
            try:
                return await self._poll_until(deadline, max_records)
            except (KafkaError, TimeoutError, OSError) as error:
                await self._disconnect()
                raise BusUnreachable(f"reading from Kafka failed: {error!r}") from error

    async def ack(self, offsets: Mapping[TP, int]) -> None:
        """Do nothing: without a group there is nothing to display."""

    async def seek(self, tp: TP, offset: int) -> None:
        if self._consumer is None or tp not in self._ready:
            raise NotAssigned(f"{tp.topic}/{tp.partition} is not read here", topic=tp.topic)
        self._consumer.seek(TopicPartition(*tp), offset)

    def pause(self, tps: Iterable[TP]) -> None:
        wanted = set(tps)
        self._paused |= wanted
        if self._consumer is not None:
            self._consumer.pause(*_keys(wanted & self._ready))

    def resume(self, tps: Iterable[TP]) -> None:
        wanted = set(tps)
        self._paused -= wanted
        if self._consumer is not None:
            self._consumer.resume(*_keys(wanted & self._ready))

    async def lag(self) -> Mapping[TP, int]:
        consumer = self._consumer
        bounds = await self._cluster.bounds(sorted(self._ready))
        replaced = consumer is not self._consumer
        if consumer is None or replaced:
            return {}
        lag: dict[TP, int] = {}
        for tp in self._ready & bounds.keys():
            lag[tp] = bounds[tp][1] - await consumer.position(TopicPartition(*tp))
        return lag

    async def close(self) -> None:
        self._closed = True
        self._on_close(self)
        self._changed.set()
        consumer, self._consumer = self._consumer, None
        self._ready.clear()
        if consumer is not None:
            await _end(consumer)

    async def _poll_until(self, deadline: float, max_records: int) -> list[Batch]:
        loop = asyncio.get_running_loop()
        self._watch.polled()
        while True:
            if self._closed:
                raise BusStopped("this subscription is closed")
            self._changed.clear()
            await self._prepare()
            left_s = max(0.0, deadline - loop.time())
            if self._ready and self._consumer is not None:
                batches = await self._fetch(self._consumer, left_s, max_records)
            else:
                batches = await self._wait(min(left_s, TOPIC_CHECK_S))
            if batches:
                return batches
            await self._replace_if_stalled()
            if loop.time() >= deadline:
                return []

    async def _prepare(self) -> None:
        """Connect, join, and seek what was newly assigned."""
        raise NotImplementedError

    def _delivered(self, batch: Batch) -> None:
        """Take note of what the caller is about to get."""

    async def _wait(self, seconds: float) -> list[Batch]:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            pass
        return []

    async def _fetch(
        self, consumer: AIOKafkaConsumer, left_s: float, max_records: int
    ) -> list[Batch]:
        try:
            # aiokafka's own timeout does not hold while the group rebalances.
            async with asyncio.timeout(left_s + POLL_GRACE_S):
                found = await consumer.getmany(
                    timeout_ms=int(left_s * 1_000), max_records=max_records
                )
        except TimeoutError:
            return []
        except NoOffsetForPartitionError:
            return []  # newly assigned and not sought yet: _prepare does that next
        except OffsetOutOfRangeError as error:
            await self._refuse_position(error)
            return []
        # Between here and the caller nothing is awaited, so no revocation can come in between.
        return [
            self._batch(consumer, TP(*key), found[key]) for key in found if TP(*key) in self._ready
        ]

    def _batch(self, consumer: AIOKafkaConsumer, tp: TP, records: Sequence[Any]) -> Batch:
        topic, part = tp
        batch = Batch(
            topic,
            part,
            [
                InRecord(
                    topic, each.key, each.value, each.headers, part, each.timestamp, each.offset
                )
                for each in records
            ],
            records[-1].offset + 1,
            consumer.highwater(TopicPartition(topic, part)),
        )
        self._watch.progressed()
        self._delivered(batch)
        return batch

    async def _refuse_position(self, error: OffsetOutOfRangeError) -> None:
        for key, offset in error.args[0].items():
            tp = TP(*key)
            if tp in self._ready:
                low, high = (await self._cluster.bounds([tp]))[tp]
                raise OffsetOutOfRange(tp, offset=offset, low=low, high=high) from error

    async def _connect(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(**self._settings)
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await start_client(consumer, _end)
        if self._closed:
            await _end(consumer)
            raise BusStopped("this subscription is closed")
        self._watch.progressed()
        return consumer

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._ready.clear()
        if consumer is not None:
            await _end(consumer)

    async def _replace_if_stalled(self) -> None:
        """Give up a consumer that no longer asks the brokers; _prepare makes another."""
        consumer = self._consumer
        if consumer is None:
            return
        active = consumer.assignment() & set(_keys(self._ready - self._paused))
        if self._watch.stalled({key: consumer.last_poll_timestamp(key) for key in active}):
            _log.error("a Kafka consumer has stopped fetching and is replaced")
            await self._disconnect()

    def _may_check_topics(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now < self._topic_check_at:
            return False
        self._topic_check_at = now + TOPIC_CHECK_S
        return True


class PartitionReader(KafkaSubscription):
    """A reader of one partition, in no group; it waits for a topic that does not exist yet."""

    def __init__(
        self,
        connection: Mapping[str, Any],
        cluster: Cluster,
        watch: StallWatch,
        *,
        tp: TP,
        from_offset: int,
        on_close: Callable[[KafkaSubscription], None],
    ) -> None:
        super().__init__(connection, cluster, watch, on_close)
        self._tp = tp
        self._offset = from_offset

    async def seek(self, tp: TP, offset: int) -> None:
        if tp == self._tp:
            self._offset = offset
        if tp != self._tp or self._ready:
            await super().seek(tp, offset)

    async def _prepare(self) -> None:
        if self._consumer is not None or not self._may_check_topics():
            return
        count = (await self._cluster.partitions([self._tp.topic])).get(self._tp.topic)
        if count is None:
            return
        if not 0 <= self._tp.partition < count:
            raise UnknownTopic(f"{self._tp.topic}/{self._tp.partition}")
        consumer = await self._connect()
        key = TopicPartition(*self._tp)
        consumer.assign([key])
        consumer.seek(key, self._offset)
        if self._tp in self._paused:
            consumer.pause(key)
        self._consumer = consumer
        self._ready = {self._tp}

    def _delivered(self, batch: Batch) -> None:
        self._offset = batch.next_offset


def _keys(tps: Iterable[TP]) -> list[TopicPartition]:
    return [TopicPartition(*tp) for tp in tps]


async def _end(consumer: AIOKafkaConsumer) -> None:
    """Close a consumer for good, by force when it waits for a broker or a group too long."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await consumer.stop()
    except (KafkaError, TimeoutError) as error:
        _log.warning("a Kafka consumer did not stop by itself: %r", error)
        coordinator, fetcher = consumer._coordinator, consumer._fetcher
        if coordinator is not None:
            await coordinator._stop_heartbeat_task()
            await coordinator._stop_commit_offsets_refresh_task()
        if fetcher is not None:
            await fetcher.close()
        await consumer._client.close()
