"""The logistics service, running as the hub that sends and as the hub that takes in."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.logistics.service import create_service
from services.logistics.settings import LogisticsSettings
from tests.builders.running import Running, running


@pytest.fixture
async def origin(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """At my-kul, which sends."""
    async with running(
        create_service,
        LogisticsSettings,
        database_url=database_url,
        directory=tmp_path / "my-kul",
        hub="my-kul",
        peers=["cn-hgh", "sg-sin"],
    ) as service:
        yield service


@pytest.fixture
async def destination(second_database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """At cn-hgh, which takes in."""
    async with running(
        create_service,
        LogisticsSettings,
        database_url=second_database_url,
        directory=tmp_path / "cn-hgh",
        hub="cn-hgh",
        peers=["my-kul", "sg-sin"],
    ) as service:
        yield service


@pytest.fixture
def second_database_url(
    database_url: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """A second database of the same kind: each hub has its own."""
    if database_url.startswith("sqlite"):
        yield f"sqlite+aiosqlite:///{tmp_path}/second.db"
        return
    postgres = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    yield postgres.url(name)
    postgres.drop(name)
