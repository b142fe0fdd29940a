"""Every test of the suite runs over the SQLite log and over a real Kafka."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.kafka.broker import Broker
from tests.bus.places import KafkaPlace, Place, SqlitePlace


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.real)])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A place for buses; the Kafka cluster is shared, its topics and groups are not."""
    made: Place
    if request.param == "kafka":
        made = KafkaPlace(request.getfixturevalue("kafka"))
    else:
        made = SqlitePlace(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def sqlite_place(tmp_path: Path) -> AsyncIterator[SqlitePlace]:
    made = SqlitePlace(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def kafka_place(kafka: str) -> AsyncIterator[KafkaPlace]:
    made = KafkaPlace(kafka)
    yield made
    await made.close()


@pytest.fixture(params=["sqlite", pytest.param("kafka", marks=pytest.mark.real)])
async def frail_place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A place that can have an outage: its broker is its own."""
    made: Place
    if request.param == "kafka":
        own_kafka: Callable[[], Broker] = request.getfixturevalue("own_kafka")
        broker = own_kafka()
        made = KafkaPlace(broker.bootstrap, broker)
    else:
        made = SqlitePlace(tmp_path)
    yield made
    await made.close()
