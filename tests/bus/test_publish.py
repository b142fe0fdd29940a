"""What publish promises: exact bytes, order, all or a clear refusal."""

import asyncio

import pytest

from shared.messaging.bus import (
    HEADERS_BYTES_MAX,
    HEADERS_MAX,
    KEY_BYTES_MAX,
    TP,
    VALUE_BYTES_MAX,
    BusError,
    EventBus,
    OutRecord,
    Position,
    ProducerFenced,
    PublishError,
    RecordRefused,
    TopicMismatch,
    TopicSpec,
    UnknownTopic,
    partition_for,
)
from tests.bus.places import Place
from tests.bus.reading import Reader, a_record, numbered, take, values


class TestRoundTrip:
    async def test_returns_the_bytes_that_were_published(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        sent = [
            a_record(topic, b"\x00\xff{}", key=b"\x00key", headers=(("ce_id", b"\x00\xff"),)),
            a_record(topic, None, key=b"tombstone", headers=()),
            a_record(topic, b"", key=None, headers=(("empty", b""),)),
            a_record(topic, "货物".encode(), key="单".encode(), headers=(("说明", b"1"),)),
            a_record(topic, b"twice", headers=(("h", b"1"), ("g", b"x"), ("h", b"2"))),
        ]

        positions = await bus.publish(sent)

        received = await take(bus.read(TP(topic, 0), 0), len(sent))
        assert positions == [Position(topic, 0, offset) for offset in range(len(sent))]
        assert [(r.key, r.value, r.headers) for r in received] == [
            (r.key, r.value, r.headers) for r in sent
        ]
        assert [r.offset for r in received] == list(range(len(sent)))

    async def test_carries_the_largest_record_that_the_limits_allow(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        share = HEADERS_BYTES_MAX // HEADERS_MAX
        headers = tuple((f"h{i:02}", b"h" * (share - 3)) for i in range(HEADERS_MAX))
        largest = OutRecord(topic, b"k" * KEY_BYTES_MAX, b"v" * VALUE_BYTES_MAX, headers)

        await bus.publish([largest, largest, a_record(topic)])

        received = await take(bus.read(TP(topic, 0), 0), 3)
        assert [len(r.value or b"") for r in received] == [VALUE_BYTES_MAX, VALUE_BYTES_MAX, 2]
        assert received[0].headers == headers

    async def test_puts_a_record_where_its_key_or_its_partition_says(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=4)

        by_key, by_number, without = await bus.publish(
            [
                a_record(topic, key=b"ord-77"),
                a_record(topic, key=b"ord-77", partition=3),
                a_record(topic, key=None),
            ]
        )

        assert by_key.partition == partition_for(b"ord-77", 4)
        assert by_number.partition == 3
        assert without.partition == 0

    async def test_keeps_the_time_it_is_given_or_takes_the_clocks(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)

        await bus.publish([a_record(topic, ts_ms=1_234_567_890_123), a_record(topic)])

        given, own = await take(bus.read(TP(topic, 0), 0), 2)
        assert given.ts_ms == 1_234_567_890_123
        assert own.ts_ms == int(place.clock.now().timestamp() * 1000)

    async def test_takes_nothing_for_an_empty_call(self, place: Place) -> None:
        bus = await place.bus()

        assert await bus.publish([]) == []


class TestOrder:
    async def test_keeps_every_keys_order_under_eight_publishers(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=3)

        async def publish_in_order(key: bytes) -> None:
            for first in range(0, 200, 10):
                await bus.publish(numbered(topic, range(first, first + 10), key=key))

        keys = [f"key-{i}".encode() for i in range(8)]
        await asyncio.gather(*(publish_in_order(key) for key in keys))

        reader = Reader(bus, [topic], place.name())
        received = await reader.take(8 * 200)
        for key in keys:
            assert values([r for r in received if r.key == key]) == list(range(200))

    async def test_keeps_the_input_order_of_one_call(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)

        # 4 kB each: Kafka needs several batches, and they must not overtake each other.
        big = [a_record(topic, str(i).encode().rjust(4_000, b"0")) for i in range(500)]
        positions = await bus.publish(big)

        received = await take(bus.read(TP(topic, 0), 0), 500)
        assert values(received) == list(range(500))
        assert [p.offset for p in positions] == [r.offset for r in received]


class TestRefusal:
    @pytest.mark.parametrize(
        "changes",
        [
            {"key": b"k" * (KEY_BYTES_MAX + 1)},
            {"value": b"v" * (VALUE_BYTES_MAX + 1)},
            {"headers": tuple((f"h{i}", b"") for i in range(HEADERS_MAX + 1))},
            {"headers": (("h", b"x" * HEADERS_BYTES_MAX),)},
        ],
        ids=["key", "value", "header-count", "header-bytes"],
    )
    async def test_sends_nothing_of_a_call_with_an_oversize_record(
        self, place: Place, changes: dict[str, object]
    ) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus)
        records = [a_record(topic), a_record(topic, **changes), a_record(topic)]  # type: ignore[arg-type]

        with pytest.raises(RecordRefused) as refused:
            await bus.publish(records)

        assert (refused.value.retriable, refused.value.failed) == (False, [1])
        assert (await bus.bounds([TP(topic, 0)]))[TP(topic, 0)] == (0, 0)

    async def test_refuses_an_unknown_topic_and_does_not_create_it(self, place: Place) -> None:
        bus = await place.bus()
        known, unknown = await place.topic_on(bus), place.topic()

        with pytest.raises(UnknownTopic) as refused:
            await bus.publish([a_record(known), a_record(unknown)])

        assert (refused.value.retriable, refused.value.failed) == (False, [1])
        reader = Reader(bus, [unknown], place.name())
        assert await reader.poll(timeout=0.2) == []
        assert await bus.read(TP(unknown, 0), 0).poll(timeout=0.2) == []
        with pytest.raises(UnknownTopic):
            await bus.bounds([TP(unknown, 0)])
        with pytest.raises(UnknownTopic):
            await bus.offset_at(TP(unknown, 0), 0)
        assert (await bus.bounds([TP(known, 0)]))[TP(known, 0)] == (0, 0)

    async def test_refuses_a_partition_that_the_topic_does_not_have(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)

        with pytest.raises(RecordRefused) as refused:
            await bus.publish([a_record(topic), a_record(topic, partition=2)])

        assert refused.value.failed == [1]
        with pytest.raises(UnknownTopic):
            await bus.read(TP(topic, 2), 0).poll()

    async def test_refuses_to_change_how_many_partitions_a_topic_has(self, place: Place) -> None:
        bus = await place.bus()
        topic = await place.topic_on(bus, partitions=2)

        await bus.ensure_topics([TopicSpec(topic, 2, None)])
        with pytest.raises(TopicMismatch):
            await bus.ensure_topics([TopicSpec(topic, 3, None)])


class TestFencing:
    async def test_refuses_a_writer_that_a_newer_one_has_replaced(self, place: Place) -> None:
        fence = place.name("relay")
        stale = await place.bus(fence=fence)
        topic = await place.topic_on(stale)
        await stale.publish(numbered(topic, [1]))
        fresh = await place.bus(fence=fence)
        await fresh.publish(numbered(topic, [2]))

        # At once and once more: everyone who waits is told, and nobody is let in later.
        for _ in range(2):
            refused = await asyncio.gather(
                *(stale.publish(numbered(topic, [3, 4]), timeout=20) for _ in range(3)),
                return_exceptions=True,
            )
            for refusal in refused:
                assert isinstance(refusal, ProducerFenced), refusal
                assert (refusal.retriable, refusal.failed) == (False, [0, 1])

        assert not (await stale.health()).ok
        await fresh.publish(numbered(topic, [5]))
        received = await take(fresh.read(TP(topic, 0), 0), 3)
        assert values(received) == [1, 2, 5]


class TestOutage:
    async def test_times_out_while_nothing_can_be_written_and_succeeds_later_in_order(
        self, frail_place: Place
    ) -> None:
        bus = await frail_place.bus()
        topic = await frail_place.topic_on(bus)
        await bus.publish(numbered(topic, [0]))

        async with frail_place.outage():
            with pytest.raises(PublishError) as refused:
                await bus.publish(numbered(topic, [1, 2]), timeout=1)
        assert (refused.value.retriable, refused.value.done) == (True, [])
        assert refused.value.failed == [0, 1]
        await _publish_stubbornly(bus, numbered(topic, [1, 2]))
        await _publish_stubbornly(bus, numbered(topic, [3]))

        end = (await bus.bounds([TP(topic, 0)]))[TP(topic, 0)][1]
        received = values(await take(bus.read(TP(topic, 0), 0), end))
        assert list(dict.fromkeys(received)) == [0, 1, 2, 3]
        assert received in ([0, 1, 2, 3], [0, 1, 2, 1, 2, 3])


async def _publish_stubbornly(bus: EventBus, records: list[OutRecord]) -> None:
    """Publish as a relay does: the same records again until they are durable."""
    async with asyncio.timeout(60):
        while True:
            try:
                await bus.publish(records, timeout=10)
            except BusError:
                continue
            return
