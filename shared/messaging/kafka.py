"""The event bus of a cluster: Apache Kafka through aiokafka, set up so that nothing is lost.

Connecting is lazy: a service starts while the brokers are away, `health` says so, and every call
tries again. What the brokers must be told: `auto.create.topics.enable=false`.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.kernel.clock import Clock
from shared.messaging.bus import (
    PUBLISH_TIMEOUT_S,
    TP,
    BusStopped,
    Health,
    OnAssign,
    OnRevoke,
    OutRecord,
    Position,
    Start,
    TopicSpec,
)
from shared.messaging.kafka_cluster import Cluster
from shared.messaging.kafka_follower import TopicFollower
from shared.messaging.kafka_group import GroupSubscription
from shared.messaging.kafka_publisher import Publisher
from shared.messaging.kafka_subscription import KafkaSubscription, PartitionReader
from shared.messaging.kafka_watch import STALL_S, StallWatch

SESSION_TIMEOUT_S = 45.0


class KafkaBus:
    """An EventBus over the brokers at `bootstrap` (host:port, separated by commas).

    `security` goes to every client as it is: security_protocol, ssl_context, sasl_*. With `fence`
    every publish is a transaction under that name and starting fences whoever used it before; it
    costs a few round trips per publish. `replicas` is for topics made by `ensure_topics`.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        client_id: str,
        clock: Clock,
        security: Mapping[str, Any] | None = None,
        replicas: int = 3,
        fence: str | None = None,
        session_timeout_s: float = SESSION_TIMEOUT_S,
        stall_timeout_s: float = STALL_S,
    ) -> None:
        self._connection = {
            "bootstrap_servers": bootstrap,
            "client_id": client_id,
            **(security or {}),
        }
        self._clock = clock
        self._replicas = replicas
        self._fence = fence
        self._session_timeout_s = session_timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._subscriptions: set[KafkaSubscription] = set()
        self._cluster: Cluster | None = None
        self._publisher: Publisher | None = None

    async def start(self) -> None:
        assert self._cluster is None, "a bus is started once, or again after stop"
        self._cluster = Cluster(self._connection)
        self._publisher = Publisher(
            self._connection, self._cluster, clock=self._clock, fence=self._fence
        )

    async def stop(self) -> None:
        cluster, self._cluster = self._cluster, None
        publisher, self._publisher = self._publisher, None
        if cluster is None or publisher is None:
            return
        await asyncio.gather(
            publisher.stop(), *(each.close() for each in tuple(self._subscriptions))
        )
        await cluster.close()

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        await self._running().ensure(specs, replicas=self._replicas)

    async def health(self) -> Health:
        if self._cluster is None:
            return Health(ok=False, detail="not started")
        if self._publisher is not None and self._publisher.fenced:
            return Health(ok=False, detail=f"another process is {self._fence} now")
        return await self._cluster.health()

    async def publish(
        self, records: Sequence[OutRecord], *, timeout: float = PUBLISH_TIMEOUT_S
    ) -> list[Position]:
        self._running()
        assert self._publisher is not None, "there is a publisher as long as there is a cluster"
        return await self._publisher.publish(records, timeout) if records else []

    def subscribe(
        self,
        topics: Sequence[str],
        group: str,
        *,
        member: str,
        on_assign: OnAssign,
        on_revoke: OnRevoke,
        start: Start = "earliest",
    ) -> KafkaSubscription:
        """Read topics as `member` of `group`; a member that comes back in time moves nothing."""
        subscription = GroupSubscription(
            self._connection,
            self._running(),
            StallWatch(stall_s=self._stall_timeout_s),
            topics=topics,
            group=group,
            member=member,
            on_assign=on_assign,
            on_revoke=on_revoke,
            start=start,
            session_timeout_s=self._session_timeout_s,
            on_close=self._subscriptions.discard,
        )
        self._subscriptions.add(subscription)
        return subscription

    def read(self, tp: TP, from_offset: int) -> KafkaSubscription:
        subscription = PartitionReader(
            self._connection,
            self._running(),
            StallWatch(stall_s=self._stall_timeout_s),
            tp=tp,
            from_offset=from_offset,
            on_close=self._subscriptions.discard,
        )
        self._subscriptions.add(subscription)
        return subscription

    def follow(
        self, topics: Sequence[str], *, on_assign: OnAssign, start: Start = "earliest"
    ) -> KafkaSubscription:
        subscription = TopicFollower(
            self._connection,
            self._running(),
            StallWatch(stall_s=self._stall_timeout_s),
            topics=topics,
            on_assign=on_assign,
            start=start,
            on_close=self._subscriptions.discard,
        )
        self._subscriptions.add(subscription)
        return subscription

    async def bounds(self, tps: Iterable[TP]) -> Mapping[TP, tuple[int, int]]:
        return await self._running().bounds(list(tps))

    async def offset_at(self, tp: TP, ts_ms: int) -> int | None:
        return await self._running().offset_at(tp, ts_ms)

    def _running(self) -> Cluster:
        if self._cluster is None:
            raise BusStopped("the bus is not running")
        return self._cluster
