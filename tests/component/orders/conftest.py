"""The orders service, running as the buyer's hub and as the seller's."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.orders.service import create_service
from services.orders.settings import OrdersSettings
from tests.builders.running import Running, running
from tests.builders.webhooks import Shop


@pytest.fixture
async def orders(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """At cn-hgh, where buyers are; webhooks may go to this machine."""
    async with running(
        create_service,
        OrdersSettings,
        database_url=database_url,
        directory=tmp_path,
        hub="cn-hgh",
        peers=["my-kul"],
        webhook_loopback_allowed=True,
    ) as service:
        yield service


@pytest.fixture
async def sellers_hub(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """At my-kul, where the sellers are."""
    async with running(
        create_service,
        OrdersSettings,
        database_url=database_url,
        directory=tmp_path,
        hub="my-kul",
        peers=["cn-hgh"],
    ) as service:
        yield service


@pytest.fixture
def shop() -> Shop:
    return Shop()
