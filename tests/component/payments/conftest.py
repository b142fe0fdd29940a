"""The payments service of the buyer's hub and of the seller's hub, each on its own database."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.payments.domain.signing import Signer
from services.payments.service import create_service
from services.payments.settings import PaymentsSettings
from tests.builders.running import Running, running
from tests.component.payments.settling import Lane, give_key
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


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    """Each hub on a database of its own: SQLite, two files."""
    one, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    async with AsyncExitStack() as stack:
        hubs = {}
        for hub, peer in ((CN, MY), (MY, CN)):
            url = f"sqlite+aiosqlite:///{tmp_path}/{hub}.db"
            running = running_payments(url, tmp_path, hub=hub, peer=peer)
            hubs[hub] = await stack.enter_async_context(running)
        give_key(hubs[CN], Signer(one, {MY: (other.public_key(),)}))
        give_key(hubs[MY], Signer(other, {CN: (one.public_key(),)}))
        yield Lane(hubs[CN], hubs[MY])
