"""Publishing to Kafka: whole batches per partition, acknowledged by all in-sync replicas.

The idempotent producer cannot heal itself: after any failure its sequence numbers are wrong for
good. So a producer that failed once is retired and the next publish builds another.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidTimestampError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    ProducerClosed,
    RecordListTooLargeError,
)
from aiokafka.errors import ProducerFenced as KafkaProducerFenced

from shared.kernel.clock import Clock
from shared.messaging.bus import (
    TP,
    BusStopped,
    BusUnreachable,
    OutRecord,
    Position,
    ProducerFenced,
    PublishError,
    RecordRefused,
    UnknownTopic,
    partition_for,
    refuse_oversized,
)
from shared.messaging.kafka_client import start_client
from shared.messaging.kafka_cluster import Cluster

BATCH_BYTES_MAX = 262_144
REQUEST_BYTES_MAX = 1_048_576
REQUEST_TIMEOUT_S = 20
TRANSACTION_TIMEOUT_S = 60
DRAIN_TIMEOUT_S = 10.0
RETIRE_TIMEOUT_S = 25.0
SETTINGS: Mapping[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    "max_batch_size": BATCH_BYTES_MAX,
    "compression_type": "zstd",
    "linger_ms": 5,
    "request_timeout_ms": REQUEST_TIMEOUT_S * 1_000,
    "max_request_size": REQUEST_BYTES_MAX,
}
# The record's own fault. A missing right is not: it waits until somebody grants it.
_HOPELESS = (
    InvalidTimestampError,
    InvalidTopicError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
)
_FENCED = (KafkaProducerFenced, InvalidProducerEpoch)
_log = logging.getLogger(__name__)


class Publisher:
    """The one producer of a bus, rebuilt whenever it failed."""

    def __init__(
        self, connection: Mapping[str, Any], cluster: Cluster, *, clock: Clock, fence: str | None
    ) -> None:
        self._settings = {**SETTINGS, **connection}
        if fence is not None:
            self._settings["transactional_id"] = fence
            self._settings["transaction_timeout_ms"] = TRANSACTION_TIMEOUT_S * 1_000
        self._cluster = cluster
        self._clock = clock
        self._fence = fence
        self.fenced = False  # for good: only a new process may write again
        self._stopped = False
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._transacting = asyncio.Lock()
        self._retiring: set[asyncio.Task[None]] = set()
        self._publishing: set[asyncio.Future[None]] = set()

    async def publish(self, records: Sequence[OutRecord], timeout: float) -> list[Position]:
        """Return the records' positions once all are durable, or raise PublishError."""
        if self._stopped:
            raise BusStopped("the bus is not running")
        refuse_oversized(records)
        published = asyncio.get_running_loop().create_future()
        self._publishing.add(published)
        delivery = _Delivery(records, int(self._clock.now().timestamp() * 1_000))
        try:
            async with asyncio.timeout(timeout):
                await self._deliver(delivery)
        except (KafkaError, BusUnreachable, TimeoutError, OSError) as error:
            raise self._refusal(delivery, error, timeout) from error
        finally:
            self._publishing.discard(published)
            published.set_result(None)
        return delivery.done()

    async def stop(self) -> None:
        """Wait for what is being published, then close; a broker that is away is not waited for."""
        self._stopped = True
        if self._publishing:
            await asyncio.wait(self._publishing, timeout=DRAIN_TIMEOUT_S)
        if self._producer is not None:
            self._retire(self._producer)
        if self._retiring:
            await asyncio.wait(self._retiring)

    async def _deliver(self, delivery: "_Delivery") -> None:
        counts = await self._cluster.partitions({each.topic for each in delivery.records})
        delivery.divide(counts)
        if self._fence is None:
            await self._send(delivery.send)
        else:
            # The producer is asked for inside the lock: the one before may have failed.
            async with self._transacting:
                await self._send(delivery.send_in_transaction)

    async def _send(self, way: Callable[[AIOKafkaProducer], Awaitable[None]]) -> None:
        producer = await self._started()
        try:
            await way(producer)
        except (KafkaError, OSError, asyncio.CancelledError):
            self._retire(producer)
            raise

    async def _started(self) -> AIOKafkaProducer:
        async with self._starting:
            if self.fenced:
                raise KafkaProducerFenced
            if self._producer is None:
                # What the old one has in flight must not arrive after what the new one sends.
                if self._retiring:
                    await asyncio.wait(self._retiring)
                producer = AIOKafkaProducer(**self._settings)
                await start_client(producer, lambda unstarted: unstarted.stop())
                self._producer = producer
            return self._producer

    def _retire(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
            self._cluster.forget()
            task = asyncio.create_task(_end(producer), name="bus: retire producer")
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)

    def _refusal(self, delivery: "_Delivery", error: Exception, timeout: float) -> PublishError:
        failed = delivery.missing()
        if isinstance(error, _FENCED):
            self.fenced = True
            return ProducerFenced(f"another producer is {self._fence} now", failed=failed)
        what = f"not acknowledged within {timeout} s" if isinstance(error, TimeoutError) else error
        return PublishError(
            f"publishing failed: {what!r}",
            retriable=not isinstance(error, _HOPELESS),
            failed=failed,
            done=delivery.done(),
        )


class _Delivery:
    """One publish: which record goes to which partition, and what is known to be written."""

    def __init__(self, records: Sequence[OutRecord], now_ms: int) -> None:
        self.records = records
        self._now_ms = now_ms
        self._by_tp: dict[TP, list[int]] = {}
        self._positions: list[Position | None] = [None] * len(records)

    def divide(self, counts: Mapping[str, int]) -> None:
        """Give every record its partition, or raise UnknownTopic or RecordRefused."""
        by_tp: dict[tuple[str, int], list[int]] = {}
        for index, record in enumerate(self.records):
            topic, part = record.topic, record.partition
            count = counts.get(topic)
            if count is None:
                failed = [i for i, each in enumerate(self.records) if each.topic == topic]
                raise UnknownTopic(topic, failed=failed)
            if part is None:
                part = partition_for(record.key, count)
            elif not 0 <= part < count:
                raise RecordRefused("the topic has no such partition", failed=[index])
            own = by_tp.get((topic, part))
            if own is None:
                by_tp[topic, part] = [index]
            else:
                own.append(index)
        self._by_tp = {TP(*key): own for key, own in by_tp.items()}

    async def send(self, producer: AIOKafkaProducer) -> None:
        """Send to all partitions at once and wait for all; raise the first failure."""
        outcomes = await asyncio.gather(
            *(self._send_to(producer, tp, own) for tp, own in self._by_tp.items()),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def send_in_transaction(self, producer: AIOKafkaProducer) -> None:
        """Make all records readable at once; after a failure none is.

        There is no abort: the failed producer is retired, and its successor's start aborts.
        """
        try:
            await producer.begin_transaction()
            await self.send(producer)
            await producer.commit_transaction()
        except BaseException:
            self._positions = [None] * len(self.records)
            raise

    async def _send_to(self, producer: AIOKafkaProducer, tp: TP, indexes: Sequence[int]) -> None:
        flights = []
        for batch, own in self._batches(producer, indexes):
            flight = await producer.send_batch(batch, tp.topic, partition=tp.partition)
            # Whoever gives up while a batch waits for room asks no more for those before it.
            flight.add_done_callback(_asked)
            flights.append((own, flight))
        # A batch behind a failed one fails too, by its sequence number: order is never broken.
        answers = await asyncio.gather(*(flight for _, flight in flights), return_exceptions=True)
        for (own, _), answer in zip(flights, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            if answer.offset < 0:
                raise KafkaError("the broker took a batch but does not know where it is")
            for offset, index in enumerate(own, answer.offset):
                self._positions[index] = Position(tp.topic, tp.partition, offset)

    def _batches(
        self, producer: AIOKafkaProducer, indexes: Sequence[int]
    ) -> Iterator[tuple[Any, list[int]]]:
        """Fill batches in order; one record always fits into an empty batch."""
        batch, own = producer.create_batch(), list[int]()
        for index in indexes:
            record = self.records[index]
            ts = self._now_ms if record.ts_ms is None else record.ts_ms
            content = {"key": record.key, "value": record.value, "headers": list(record.headers)}
            if batch.append(timestamp=ts, **content) is None:
                yield batch, own
                batch, own = producer.create_batch(), []
                batch.append(timestamp=ts, **content)
            own.append(index)
        batch.close()  # a closed batch does not linger for more
        yield batch, own

    def done(self) -> list[Position]:
        return [position for position in self._positions if position is not None]

    def missing(self) -> list[int]:
        return [index for index, position in enumerate(self._positions) if position is None]


async def _end(producer: AIOKafkaProducer) -> None:
    """Close a producer for good without waiting for brokers that do not answer.

    aiokafka's own stop() waits for every batch, and an idempotent batch never expires. So its
    sender is cancelled first, which lets the requests in flight end, and what is left is failed.
    """
    sender, accumulator = producer._sender.sender_task, producer._message_accumulator
    sender.cancel()
    _, pending = await asyncio.wait([sender], timeout=RETIRE_TIMEOUT_S)
    if pending:
        _log.warning("a Kafka producer did not end within %s s", RETIRE_TIMEOUT_S)
        sender.cancel()
        await asyncio.wait([sender])
    queued = [batch for queue in accumulator._batches.values() for batch in queue]
    waiters = [batch._drain_waiter for batch in queued]
    # A batch that went back into the queue still takes itself off the list of those in flight.
    accumulator._pending_batches.update(batch for batch in queued if batch.retry_count)
    accumulator.fail_all(ProducerClosed())
    waiters.append(producer._txn_manager.wait_for_transaction_end())
    for waiter in waiters:
        # Nobody will ask these futures any more; unasked, they would be logged as forgotten.
        if waiter is not None and waiter.done():
            _asked(waiter)
    await producer.stop()


def _asked(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()
