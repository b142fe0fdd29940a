"""A member of a Kafka consumer group whose positions are its caller's, not the broker's."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.bus import TP, OnAssign, OnRevoke, Start
from shared.messaging.kafka_cluster import Cluster
from shared.messaging.kafka_subscription import KafkaSubscription
from shared.messaging.kafka_watch import StallWatch

ACK_TIMEOUT_S = 5.0
REBALANCE_TIMEOUT_S = 30.0
HEARTBEATS_PER_SESSION = 3
HEARTBEAT_S_MAX = 3.0
_log = logging.getLogger(__name__)


class GroupSubscription(KafkaSubscription):
    """Shares topics with the other members; also hears topics that are created later."""

    def __init__(
        self,
        connection: Mapping[str, Any],
        cluster: Cluster,
        watch: StallWatch,
        *,
        topics: Sequence[str],
        group: str,
        member: str,
        on_assign: OnAssign,
        on_revoke: OnRevoke,
        start: Start,
        session_timeout_s: float,
        on_close: Callable[[KafkaSubscription], None],
    ) -> None:
        heartbeat_s = min(HEARTBEAT_S_MAX, session_timeout_s / HEARTBEATS_PER_SESSION)
        settings = {
            **connection,
            "group_id": group,
            "group_instance_id": member,
            "session_timeout_ms": int(session_timeout_s * 1_000),
            "heartbeat_interval_ms": int(heartbeat_s * 1_000),
            "rebalance_timeout_ms": int(REBALANCE_TIMEOUT_S * 1_000),
        }
        super().__init__(settings, cluster, watch, on_close)
        self._topics = frozenset(topics)
        self._heard: set[str] = set()  # topics that exist and are subscribed to
        self._on_assign = on_assign
        self._on_revoke = on_revoke
        self._start = start
        self._assigned: set[TP] = set()
        self._told: set[TP] = set()  # what on_assign was called with, to be revoked one day
        self._generation = 0
        self._failure: Exception | None = None

    async def ack(self, offsets: Mapping[TP, int]) -> None:
        """Commit to the broker, where tools show it; a failure is only logged."""
        if self._consumer is None or not offsets:
            return
        commit = {TopicPartition(*tp): offset for tp, offset in offsets.items()}
        try:
            async with asyncio.timeout(ACK_TIMEOUT_S):
                await self._consumer.commit(commit)
        except (KafkaError, TimeoutError) as error:
            _log.info("an advisory commit failed: %r", error)

    async def revoked(self, consumer: AIOKafkaConsumer) -> None:
        """The group is rebalancing: stop delivering, then let the caller finish what it has."""
        if consumer is not self._consumer:
            return
        self._watch.joining()
        self._let_go()
        await self._tell_revoked()

    def assigned(self, consumer: AIOKafkaConsumer, tps: Iterable[tuple[str, int]]) -> None:
        """The group has settled; the next poll seeks these partitions before it fetches."""
        if consumer is not self._consumer:
            return
        self._watch.joined()
        self._assigned = {TP(*tp) for tp in tps}
        self._changed.set()

    async def _prepare(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._heard != self._topics and self._may_check_topics():
            await self._hear_new_topics()
        await self._seek_assigned()

    async def _hear_new_topics(self) -> None:
        """Subscribe to topics only once they exist: asking for others could create them."""
        there = await self._cluster.partitions(self._topics)
        new = there.keys() - self._heard
        if not new:
            return
        if self._consumer is None:
            self._consumer = await self._connect()
        self._heard |= new
        self._watch.joining()
        self._let_go()
        self._consumer.subscribe(sorted(self._heard), listener=_Listener(self, self._consumer))

    async def _seek_assigned(self) -> None:
        while new := self._assigned - self._ready:
            generation = self._generation
            self._told |= new
            positions = dict(await self._on_assign(set(new)))
            missing = sorted(new - positions.keys())
            if missing:
                bounds = await self._cluster.bounds(missing)
                side = 0 if self._start == "earliest" else 1
                positions |= {tp: bounds[tp][side] for tp in missing}
            if self._consumer is None or self._closed:
                return
            if generation == self._generation:
                self._begin(self._consumer, {tp: positions[tp] for tp in new})

    def _begin(self, consumer: AIOKafkaConsumer, positions: Mapping[TP, int]) -> None:
        for tp, offset in positions.items():
            key = TopicPartition(*tp)
            consumer.seek(key, offset)
            if tp in self._paused:
                consumer.pause(key)
        self._ready |= positions.keys()

    def _let_go(self) -> None:
        self._generation += 1
        self._ready.clear()
        self._assigned = set()

    async def _tell_revoked(self) -> None:
        told, self._told = self._told, set()
        if not told:
            return
        try:
            await self._on_revoke(told)
        except Exception as error:  # noqa: BLE001  (the next poll raises it: it is the caller's)
            self._failure = error

    async def _disconnect(self) -> None:
        self._let_go()
        self._heard.clear()
        await super()._disconnect()
        await self._tell_revoked()


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Passes aiokafka's rebalance calls on, with the consumer they come from."""

    def __init__(self, subscription: GroupSubscription, consumer: AIOKafkaConsumer) -> None:
        self._subscription = subscription
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._subscription.revoked(self._consumer)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._subscription.assigned(self._consumer, assigned)
