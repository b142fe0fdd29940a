"""The customs service, running at either end of the sample lane."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.customs.service import create_service
from services.customs.settings import CustomsSettings
from tests.builders.running import Running, running


@pytest.fixture
async def destination(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Customs of cn-hgh, where the buyer is."""
    async with running(
        create_service,
        CustomsSettings,
        database_url=database_url,
        directory=tmp_path,
        hub="cn-hgh",
        peers=["my-kul"],
    ) as service:
        yield service


@pytest.fixture
async def origin(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Customs of my-kul, where the seller is."""
    async with running(
        create_service,
        CustomsSettings,
        database_url=database_url,
        directory=tmp_path,
        hub="my-kul",
        peers=["cn-hgh"],
    ) as service:
        yield service
