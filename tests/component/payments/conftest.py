"""The payments service of the buyer's hub and of the seller's hub, each on its own database."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from services.payments.service import create_service
from services.payments.settings import PaymentsSettings
from tests.builders.running import Running, running
from tests.component.payments.story import CN, MY


def running_payments(
    database_url: str, directory: Path, *, hub: str = CN, peer: str = MY
) -> AbstractAsyncContextManager[Running]:
    """Run the service of one hub."""
    return running(
        create_service,
        PaymentsSettings,
        database_url=database_url,
        directory=directory / hub,
        hub=hub,
        peers=[peer],
    )


@pytest.fixture
async def buyers(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """payments at cn-hgh, where buyers pay."""
    async with running_payments(database_url, tmp_path) as service:
        yield service


@pytest.fixture
async def sellers(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """payments at my-kul, where sellers are paid."""
    async with running_payments(database_url, tmp_path, hub=MY, peer=CN) as service:
        yield service
