"""The bus's own words: the partitioner every hub shares, topic names, errors, the stall watch."""

import asyncio
from typing import Any, cast

import pytest
from aiokafka import TopicPartition

from shared.messaging.bus import (
    TP,
    PublishError,
    RecordRefused,
    TopicSpec,
    UnknownTopic,
    partition_for,
)
from shared.messaging.kafka_subscription import KafkaSubscription
from shared.messaging.kafka_watch import AWAY_S, JOIN_STALL_S, STALL_S, StallWatch


class TestPartitioner:
    @pytest.mark.parametrize(
        ("key", "count", "partition"),
        [
            (b"", 4, 0),
            (None, 4, 0),
            (b"123456789", 4, 0xCBF43926 % 4),  # CRC-32's check value, from its specification
            (b"123456789", 1_000, 0xCBF43926 % 1_000),
        ],
    )
    def test_is_crc32_modulo_the_count(self, key: bytes | None, count: int, partition: int) -> None:
        assert partition_for(key, count) == partition


class TestTopicSpec:
    @pytest.mark.parametrize(
        ("name", "partitions", "retention_s"),
        [
            ("", 1, None),
            ("Orders.events", 1, None),
            ("orders events", 1, None),
            ("../orders", 1, None),
            ("orders.events", 0, None),
            ("orders.events", 257, None),
            ("orders.events", 1, 0),
        ],
    )
    def test_refuses_what_no_log_could_hold(
        self, name: str, partitions: int, retention_s: int | None
    ) -> None:
        with pytest.raises(ValueError):
            TopicSpec(name, partitions, retention_s)


class TestErrors:
    def test_say_which_records_they_are_about(self) -> None:
        assert RecordRefused("too large", failed=[2]).failed == [2]
        assert UnknownTopic("no.such", failed=[0, 1]).details == {"topic": "no.such"}
        assert not UnknownTopic("no.such").retriable
        assert PublishError("away", retriable=True).done == []


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class TestStallWatch:
    def test_calls_a_partition_stalled_whose_fetch_time_does_not_move(self) -> None:
        hands = Hands()
        watch = StallWatch(now=hands)

        assert not watch.stalled({"tp": 1})
        hands.now_s += STALL_S
        assert not watch.stalled({"tp": 1})
        hands.now_s += 0.1
        assert watch.stalled({"tp": 1})

    def test_is_content_while_the_fetch_time_moves(self) -> None:
        hands = Hands()
        watch = StallWatch(now=hands)

        for stamp in range(100):
            hands.now_s += 1
            assert not watch.stalled({"tp": stamp})

    def test_notices_one_stalled_partition_among_moving_ones(self) -> None:
        hands = Hands()
        watch = StallWatch(now=hands)

        verdicts = []
        for stamp in range(40):
            verdicts.append(watch.stalled({"moving": stamp, "still": None}))
            hands.now_s += 1

        assert verdicts == [False] * 31 + [True] * 9

    def test_forgives_the_time_that_the_caller_was_away(self) -> None:
        hands = Hands()
        watch = StallWatch(now=hands)
        assert not watch.stalled({"tp": 1})

        hands.now_s += STALL_S + AWAY_S
        watch.polled()

        assert not watch.stalled({"tp": 1})

    def test_starts_anew_after_records_came(self) -> None:
        hands = Hands()
        watch = StallWatch(now=hands)
        assert not watch.stalled({"tp": 1})

        hands.now_s += STALL_S + 1
        watch.progressed()

        assert not watch.stalled({"tp": 1})

    def test_gives_joining_a_group_more_time_but_not_for_ever(self) -> None:
        hands = Hands()
        watch = StallWatch(now=hands)
        watch.joining()

        hands.now_s += JOIN_STALL_S
        assert not watch.stalled({})
        hands.now_s += 1
        assert watch.stalled({})
        watch.joined()
        assert not watch.stalled({})


class Deaf:
    """A consumer that has silently stopped: it waits as long as it may, and asks no broker."""

    async def getmany(self, *, timeout_ms: int, max_records: int) -> dict[Any, Any]:
        await asyncio.sleep(timeout_ms / 1_000 + 0.005)  # on a busy machine all ends late
        return {}

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("orders.events", 0)}

    def last_poll_timestamp(self, tp: TopicPartition) -> None:
        return None

    async def stop(self) -> None:
        pass


class OfDeafConsumers(KafkaSubscription):
    """Gets a new consumer whenever it has none."""

    connected = 0

    async def _prepare(self) -> None:
        if self._consumer is None:
            self._consumer = Deaf()
            self._ready = {TP("orders.events", 0)}
            self.connected += 1


class TestStalledConsumer:
    async def test_is_replaced_though_every_poll_uses_up_its_time(self) -> None:
        subscription = OfDeafConsumers(
            {}, cast(Any, None), StallWatch(stall_s=0.05), on_close=lambda _: None
        )

        for _ in range(10):
            await subscription.poll(timeout=0.02)

        assert subscription.connected > 1
