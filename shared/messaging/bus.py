"""What every service may expect of the event bus, whichever log is behind it.

At least once; total order per partition; offsets grow but may have gaps; `publish` returns only
when the records are durable. Two adapters keep this promise and pass one suite (tests/bus):
`sqlite.py` for one machine and `kafka.py` for a cluster.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol
from zlib import crc32

from msgspec import Struct

from shared.kernel.errors import EroadError

KEY_BYTES_MAX = 1_024
VALUE_BYTES_MAX = 1_000_000
HEADERS_MAX = 32
HEADERS_BYTES_MAX = 32_768  # with the largest key and value still below Kafka's message.max.bytes
PARTITIONS_MAX = 256
PUBLISH_TIMEOUT_S = 30.0
POLL_RECORDS_MAX = 500
POLL_BYTES_MAX = 8 * 1024 * 1024  # one poll may pass it by one record
POLL_TIMEOUT_S = 0.5
_TOPIC_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,199}$")

Headers = tuple[tuple[str, bytes], ...]


class TP(NamedTuple):
    """One partition of one topic: the unit of order, ownership and position."""

    topic: str
    partition: int


class Position(NamedTuple):
    """Where one record was written."""

    topic: str
    partition: int
    offset: int


class TopicSpec(Struct, frozen=True):
    """A topic as its owner wants it; `retention_s` None keeps records for ever.

    `compact` permits the log to forget all but the newest record of a key; it need not.
    """

    name: str
    partitions: int
    retention_s: int | None
    compact: bool = False

    def __post_init__(self) -> None:
        if not _TOPIC_NAME.match(self.name):
            raise ValueError(f"not a topic name: {self.name!r}")
        if not 1 <= self.partitions <= PARTITIONS_MAX:
            raise ValueError(f"a topic has 1 to {PARTITIONS_MAX} partitions, not {self.partitions}")
        if self.retention_s is not None and self.retention_s < 1:
            raise ValueError("retention is at least one second, or None for ever")


class OutRecord(Struct, frozen=True, gc=False):
    """A record to publish; without `partition` the key decides, without `ts_ms` the clock."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    ts_ms: int | None = None


class InRecord(Struct, frozen=True, gc=False):
    """A record as read: the bytes that were published and where they stand."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int
    ts_ms: int
    offset: int


class Batch(Struct, frozen=True):
    """Records of one partition in offset order; the reader goes on at `next_offset`."""

    topic: str
    partition: int
    records: Sequence[InRecord]
    next_offset: int
    high_watermark: int

    @property
    def tp(self) -> TP:
        return TP(self.topic, self.partition)


class Health(Struct, frozen=True):
    """Whether the log answers right now, and what it says."""

    ok: bool
    detail: str


class BusError(EroadError):
    """The event bus could not do what was asked."""

    code = "bus"


class BusStopped(BusError):
    """The bus or subscription has been closed, or was never started."""

    code = "bus-stopped"


class BusUnreachable(BusError):
    """The log does not answer now; the same call may succeed later."""

    code = "bus-unreachable"


class OffsetOutOfRange(BusError):
    """The position lies outside what the log still holds: `low` <= position <= `high`."""

    code = "bus-offset-out-of-range"

    def __init__(self, tp: TP, *, offset: int, low: int, high: int) -> None:
        super().__init__(
            f"{tp.topic}/{tp.partition} holds {low} to {high}, not {offset}",
            topic=tp.topic,
            partition=tp.partition,
        )
        self.tp = tp
        self.offset = offset
        self.low = low
        self.high = high


class NotAssigned(BusError):
    """The subscription does not read this partition now."""

    code = "bus-not-assigned"


class NotOwner(BusError):
    """Only the owner of a topic creates it and writes to it."""

    code = "bus-not-owner"


class TopicMismatch(BusError):
    """The topic exists with another number of partitions; changing it would break key order."""

    code = "bus-topic-mismatch"


class PublishError(BusError):
    """Not every record is known to be durable.

    `failed` are the indexes this error is about. When `done` is not empty it holds, in input
    order, the positions of all records whose index is not in `failed`; when it is empty, no
    record is known to be written. `retriable` says whether the same call may succeed later.
    """

    code = "bus-publish"

    def __init__(
        self,
        message: str,
        *,
        retriable: bool,
        failed: Sequence[int] = (),
        done: Sequence[Position] = (),
        **details: Any,
    ) -> None:
        super().__init__(message, **details)
        self.retriable = retriable
        self.failed = list(failed)
        self.done = list(done)


class RecordRefused(PublishError):
    """Records that no log would take; nothing of the call was sent."""

    code = "bus-record-refused"

    def __init__(self, message: str, *, failed: Sequence[int]) -> None:
        super().__init__(message, retriable=False, failed=failed)


class UnknownTopic(PublishError):
    """Nobody has created this topic, and the bus never does so by itself."""

    code = "bus-unknown-topic"

    def __init__(self, topic: str, *, failed: Sequence[int] = ()) -> None:
        super().__init__(f"no topic {topic!r}", retriable=False, failed=failed, topic=topic)


class ProducerFenced(PublishError):
    """A newer writer has taken over; this one must stop and never write again."""

    code = "bus-producer-fenced"

    def __init__(self, message: str, *, failed: Sequence[int] = ()) -> None:
        super().__init__(message, retriable=False, failed=failed)


Start = Literal["earliest", "latest"]
OnAssign = Callable[[set[TP]], Awaitable[Mapping[TP, int]]]
OnRevoke = Callable[[set[TP]], Awaitable[None]]


class Subscription(Protocol):
    """A reader of some partitions. One task polls; the rest may be called from anywhere."""

    async def poll(
        self, max_records: int = POLL_RECORDS_MAX, timeout: float = POLL_TIMEOUT_S
    ) -> list[Batch]:
        """Return what is there, or wait up to `timeout` seconds and return an empty list.

        Raises OffsetOutOfRange until the partition is sought elsewhere or paused, and whatever
        `on_assign` or `on_revoke` raised.
        """

    async def ack(self, offsets: Mapping[TP, int]) -> None:
        """Tell the log, for display only, that everything below these offsets is done."""

    async def seek(self, tp: TP, offset: int) -> None:
        """Go on reading `tp` at `offset`; nothing read before is delivered after this."""

    def pause(self, tps: Iterable[TP]) -> None: ...

    def resume(self, tps: Iterable[TP]) -> None: ...

    async def lag(self) -> Mapping[TP, int]:
        """How many offsets lie between the next record to deliver and the end of the log."""

    async def close(self) -> None:
        """Stop reading, without calling `on_revoke`; a waiting poll raises BusStopped."""


class EventBus(Protocol):
    """One connection to the log, for one service. Start it before use, stop it at the end."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Finish what was published, close every subscription, leave no task behind."""

    async def ensure_topics(self, specs: Sequence[TopicSpec]) -> None:
        """Create what is missing; raises TopicMismatch if a topic has other partitions."""

    async def health(self) -> Health: ...

    async def publish(
        self, records: Sequence[OutRecord], *, timeout: float = PUBLISH_TIMEOUT_S
    ) -> list[Position]:
        """Write the records, in this order per partition, and return when they are durable.

        Raises PublishError or one of its kinds; see there for what is known to be written.
        """

    def subscribe(
        self,
        topics: Sequence[str],
        group: str,
        *,
        member: str,
        on_assign: OnAssign,
        on_revoke: OnRevoke,
        start: Start = "earliest",
    ) -> Subscription:
        """Read topics as a member of a group, also topics that are created later.

        `on_assign` is told which partitions were added and returns the positions the caller
        has stored; a partition it does not name begins at `start`. After `on_revoke` returns
        no batch of those partitions is delivered.
        """

    def read(self, tp: TP, from_offset: int) -> Subscription:
        """Read one partition without a group: for tools."""

    def follow(
        self, topics: Sequence[str], *, on_assign: OnAssign, start: Start = "earliest"
    ) -> Subscription:
        """Read every partition of topics without a group, also of topics that are created later.

        Nothing is written to the log, so it may be another hub's: this is for the e-road.
        `on_assign` is as in `subscribe`.
        """

    async def bounds(self, tps: Iterable[TP]) -> Mapping[TP, tuple[int, int]]:
        """Return the first offset held and the next to be written, or raise UnknownTopic."""

    async def offset_at(self, tp: TP, ts_ms: int) -> int | None:
        """Return the first offset with a time of `ts_ms` or later, None if there is none yet."""


def partition_for(key: bytes | None, n: int) -> int:
    """The only partitioner: crc32(key) % n, the same in every hub; a missing key counts as empty.

    Producers in other languages must use it too, or one key's events lose their order.
    """
    return crc32(key or b"") % n


def refuse_oversized(records: Sequence[OutRecord]) -> None:
    """Raise RecordRefused naming every record that passes a limit, before anything is sent."""
    failed = [index for index, record in enumerate(records) if _oversized(record)]
    if failed:
        raise RecordRefused(
            f"record {failed[0]} of {len(records)} passes a limit: key {KEY_BYTES_MAX} B, value "
            f"{VALUE_BYTES_MAX} B, {HEADERS_MAX} headers of {HEADERS_BYTES_MAX} B",
            failed=failed,
        )


def _oversized(record: OutRecord) -> bool:
    key, value, headers = record.key, record.value, record.headers
    if key is not None and len(key) > KEY_BYTES_MAX:
        return True
    if value is not None and len(value) > VALUE_BYTES_MAX:
        return True
    if not headers:
        return False
    size = 0
    for name, content in headers:
        size += len(content) + (len(name) if name.isascii() else len(name.encode()))
    return len(headers) > HEADERS_MAX or size > HEADERS_BYTES_MAX
