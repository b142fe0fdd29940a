"""Both hubs in this process, on either database, shared by the journeys of one worker."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from deploy.hub.services import SERVICES
from deploy.postgres.server import Server
from tests.builders.hubs import HUBS, Mesh, two_hubs
from tests.real import RealServers


@pytest.fixture(scope="session")
def hub_server(real: RealServers) -> Iterator[Server]:
    """A PostgreSQL with an empty database for every service of both hubs."""
    with real.own_postgres(fsync=False) as server:
        server.wait_ready()
        for hub in HUBS:
            for service in SERVICES:
                server.create_database(f"{hub}_{service}".replace("-", "_"))
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=["sqlite", "postgres"])
async def mesh(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mesh]:
    """Two running hubs; journeys share them, each with parties and orders of its own."""
    database = ""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("hub_server")
        database = server.url().rpartition("/")[0].replace("postgresql:", "postgresql+asyncpg:")
    async with two_hubs(tmp_path_factory.mktemp("hubs"), database=database) as made:
        yield made
