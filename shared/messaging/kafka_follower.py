"""Reading every partition of some Kafka topics in no group: for clusters that are not our own.

A group would write its membership and its offsets onto the foreign cluster; this only reads.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition

from shared.messaging.bus import TP, Batch, OnAssign, Start
from shared.messaging.kafka_cluster import Cluster
from shared.messaging.kafka_subscription import KafkaSubscription
from shared.messaging.kafka_watch import StallWatch


class TopicFollower(KafkaSubscription):
    """A reader of whole topics, also of those created later; every partition is its own."""

    def __init__(
        self,
        connection: Mapping[str, Any],
        cluster: Cluster,
        watch: StallWatch,
        *,
        topics: Sequence[str],
        on_assign: OnAssign,
        start: Start,
        on_close: Callable[[KafkaSubscription], None],
    ) -> None:
        super().__init__(connection, cluster, watch, on_close)
        self._topics = frozenset(topics)
        self._on_assign = on_assign
        self._start = start
        self._offsets: dict[TP, int] = {}

    async def seek(self, tp: TP, offset: int) -> None:
        await super().seek(tp, offset)
        self._offsets[tp] = offset

    async def _prepare(self) -> None:
        if self._missing() and self._may_check_topics():
            await self._look_for_topics()
        if self._consumer is None and self._offsets:
            self._consumer = await self._connect()
        if self._consumer is not None and self._ready != self._offsets.keys():
            self._assign(self._consumer)

    def _missing(self) -> frozenset[str]:
        return self._topics - {tp.topic for tp in self._offsets}

    async def _look_for_topics(self) -> None:
        counts = await self._cluster.partitions(self._missing())
        if not counts:
            return
        new = {TP(topic, part) for topic, count in counts.items() for part in range(count)}
        positions = dict(await self._on_assign(set(new)))
        unplaced = sorted(new - positions.keys())
        if unplaced:
            bounds = await self._cluster.bounds(unplaced)
            side = 0 if self._start == "earliest" else 1
            positions |= {tp: bounds[tp][side] for tp in unplaced}
        self._offsets |= {tp: positions[tp] for tp in new}

    def _assign(self, consumer: Any) -> None:
        """Assign all at once: an assignment replaces the one before, with its positions."""
        consumer.assign([TopicPartition(*tp) for tp in self._offsets])
        for tp, offset in self._offsets.items():
            consumer.seek(TopicPartition(*tp), offset)
            if tp in self._paused:
                consumer.pause(TopicPartition(*tp))
        self._ready = set(self._offsets)

    def _delivered(self, batch: Batch) -> None:
        self._offsets[batch.tp] = batch.next_offset
