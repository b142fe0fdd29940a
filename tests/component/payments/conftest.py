"""The payments service of the buyer's hub and of the seller's hub, each on its own database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.payments.service import create_service
from services.payments.settings import PaymentsSettings
from tests.builders.running import Running, running
from tests.component.payments.story import CN, MY


@pytest.fixture
async def buyers(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """payments at cn-hgh, where buyers pay."""
    async with running(
        create_service,
        PaymentsSettings,
        database_url=database_url,
        directory=tmp_path / CN,
        hub=CN,
        peers=[MY],
    ) as service:
        yield service


@pytest.fixture
async def sellers(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """payments at my-kul, where sellers are paid."""
    async with running(
        create_service,
        PaymentsSettings,
        database_url=database_url,
        directory=tmp_path / MY,
        hub=MY,
        peers=[CN],
    ) as service:
        yield service
