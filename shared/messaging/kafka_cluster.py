"""What a Kafka cluster can be asked: which topics there are, how far they reach, is it there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.messaging.bus import (
    TP,
    BusError,
    BusUnreachable,
    Health,
    TopicMismatch,
    TopicSpec,
    UnknownTopic,
)
from shared.messaging.kafka_client import start_client
from shared.messaging.kafka_topics import new_topic, settle

ASK_TIMEOUT_S = 20.0
HEALTH_TIMEOUT_S = 5.0
CREATE_TIMEOUT_S = 30.0
CREATE_CHECK_S = 0.05

Client = TypeVar("Client")
T = TypeVar("T")
_log = logging.getLogger(__name__)


class Cluster:
    """Questions to the brokers, answered or BusUnreachable; connects when first asked."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self._admin = _Lazy(
            lambda: AIOKafkaAdminClient(**connection), stop=lambda client: client.close()
        )
        self._ruler = _Lazy(
            lambda: AIOKafkaConsumer(**connection, isolation_level="read_committed"),
            stop=lambda client: client.stop(),
        )
        self._counts: dict[str, int] = {}

    async def partitions(self, topics: Iterable[str]) -> dict[str, int]:
        """Return how many partitions each topic has; a topic that does not exist is left out."""
        wanted = set(topics)
        if not wanted <= self._counts.keys():
            # All topics are asked for: a question by name can create the topic.
            found = await self._admin.ask(lambda admin: admin.describe_topics())
            self._counts = {each["topic"]: len(each["partitions"]) for each in found}
        return {topic: self._counts[topic] for topic in wanted if topic in self._counts}

    def forget(self) -> None:
        """Ask again next time: the brokers may have changed."""
        self._counts = {}

    async def ensure(self, specs: Sequence[TopicSpec], *, replicas: int) -> None:
        """Create missing topics and wait until they can be used, or raise TopicMismatch."""
        self.forget()
        there = await self.partitions(spec.name for spec in specs)
        for spec in specs:
            if there.get(spec.name, spec.partitions) != spec.partitions:
                raise TopicMismatch(
                    f"{spec.name} has {there[spec.name]} partitions, not {spec.partitions}",
                    topic=spec.name,
                )
        await self._settle([spec for spec in specs if spec.name in there], replicas)
        missing = [spec for spec in specs if spec.name not in there]
        if not missing:
            return
        topics = [new_topic(spec, replicas) for spec in missing]
        answer = await self._admin.ask(lambda admin: admin.create_topics(topics))
        for name, code, detail in answer.topic_errors:
            error = for_code(code)
            # Another instance of the owner may have been faster; its count is checked below.
            if code and error is not TopicAlreadyExistsError:
                raise BusError(f"{name} was not created: {detail or error.__name__}", topic=name)
        await self._until_there(missing)

    async def bounds(self, tps: Sequence[TP]) -> dict[TP, tuple[int, int]]:
        await self.require(tps)
        keys = [TopicPartition(*tp) for tp in tps]
        first, end = await self._ruler.ask(
            lambda ruler: asyncio.gather(ruler.beginning_offsets(keys), ruler.end_offsets(keys))
        )
        return {tp: (first[key], end[key]) for tp, key in zip(tps, keys, strict=True)}

    async def offset_at(self, tp: TP, ts_ms: int) -> int | None:
        await self.require([tp])
        key = TopicPartition(*tp)
        found = await self._ruler.ask(lambda ruler: ruler.offsets_for_times({key: ts_ms}))
        return None if found[key] is None else int(found[key].offset)

    async def require(self, tps: Iterable[TP]) -> None:
        """Raise UnknownTopic for a partition that does not exist."""
        wanted = list(tps)
        counts = await self.partitions(tp.topic for tp in wanted)
        for tp in wanted:
            if not 0 <= tp.partition < counts.get(tp.topic, 0):
                raise UnknownTopic(f"{tp.topic}/{tp.partition}")

    async def health(self) -> Health:
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                found = await self._admin.ask(lambda admin: admin.describe_cluster())
        except (BusUnreachable, TimeoutError) as error:
            return Health(ok=False, detail=f"no broker answers: {error}")
        return Health(ok=True, detail=f"{len(found['brokers'])} brokers")

    async def close(self) -> None:
        await self._admin.drop()
        await self._ruler.drop()

    async def _settle(self, specs: Sequence[TopicSpec], replicas: int) -> None:
        """Give topics that exist the settings their owner wants."""
        topics = [new_topic(spec, replicas) for spec in specs]
        await self._admin.ask(lambda admin: settle(admin, topics))

    async def _until_there(self, specs: Sequence[TopicSpec]) -> None:
        try:
            async with asyncio.timeout(CREATE_TIMEOUT_S):
                while True:
                    self.forget()
                    there = await self.partitions(spec.name for spec in specs)
                    if all(there.get(spec.name) == spec.partitions for spec in specs):
                        return
                    await asyncio.sleep(CREATE_CHECK_S)
        except TimeoutError as error:
            raise BusUnreachable("new topics did not appear in time") from error


class _Lazy(Generic[Client]):
    """A client that is started when first needed and replaced after it failed."""

    def __init__(
        self, make: Callable[[], Client], stop: Callable[[Client], Awaitable[None]]
    ) -> None:
        self._make = make
        self._stop = stop
        self._client: Any = None
        self._starting = asyncio.Lock()

    async def ask(self, question: Callable[[Any], Awaitable[T]]) -> T:
        """Return the answer, or raise BusUnreachable; a client that failed is not used again."""
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                client = await self._started()
                return await question(client)
        except (KafkaError, OSError, TimeoutError) as error:
            await self.drop()
            raise BusUnreachable(f"Kafka does not answer: {error!r}") from error

    async def drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await self._stop(client)

    async def _started(self) -> Any:
        async with self._starting:
            if self._client is None:
                client = self._make()
                await start_client(client, self._stop)
                self._client = client
            return self._client
