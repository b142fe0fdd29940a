"""A database or broker is away: 503 with Retry-After, nothing half-done, recovery by itself."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.kafka.broker import Broker
from deploy.postgres.server import Server
from services.members.service import create_service
from services.members.settings import MembersSettings
from shared.kernel.clock import SystemClock
from shared.runtime.wiring import bus_for
from tests.builders.running import running
from tests.builders.tokens import JWKS_URL, TokenOffice, all_scopes, new_key_pem

SELLER = {
    "kind": "seller",
    "name": "Kinta Valley",
    "country": "MY",
    "identifiers": {"ssm": "202301012345", "tin": "C20000000010"},
}


async def eventually(holds: Callable[[], Any], *, within_s: float = 30) -> None:
    """Wait until something holds, looking often."""
    async with asyncio.timeout(within_s):
        while not await holds():
            await asyncio.sleep(0.05)


@pytest.mark.real
@pytest.mark.xdist_group("outages")
class TestPostgresAway:
    async def test_answers_503_and_recovers_by_itself(
        self, own_postgres: Callable[..., AbstractContextManager[Server]], tmp_path: Path
    ) -> None:
        server: Any = own_postgres()
        url = server.url("members").replace("postgresql://", "postgresql+asyncpg://")
        async with running(
            create_service,
            MembersSettings,
            database_url=url,
            directory=tmp_path,
            hub="my-kul",
            token_key=new_key_pem(),
        ) as members:
            before = await members.post("/v1/members", SELLER)
            server.kill()
            during = await members.post("/v1/members", SELLER)
            ready = await members.http.get("/readyz")
            server.start()
            server.wait_ready()

            async def recovered() -> bool:
                reply = await members.post("/v1/members", SELLER)
                return reply.status_code == 201

            await eventually(recovered)
            kept = (await members.http.get("/v1/members", params={"limit": 100})).json()["items"]

        assert before.status_code == 201
        assert (during.status_code, during.json()["code"]) == (503, "database-unavailable")
        assert int(during.headers["Retry-After"]) > 0
        assert ready.status_code == 503
        assert before.json()["id"] in {member["id"] for member in kept}


@pytest.mark.real
@pytest.mark.xdist_group("outages")
class TestKafkaAway:
    async def test_the_api_answers_on_and_events_follow_later(
        self, own_kafka: Callable[..., Broker], tmp_path: Path
    ) -> None:
        broker = own_kafka()
        clock = SystemClock()
        office = TokenOffice("my-kul", clock)
        settings = MembersSettings(
            hub="my-kul",
            profile="test",
            database_url=f"sqlite+aiosqlite:///{tmp_path}/members.db",
            bus="kafka",
            kafka_bootstrap=broker.bootstrap,
            partitions=1,
            kafka_replicas=1,
            jwks_url=JWKS_URL,
            token_key=new_key_pem(),
        )
        bus = bus_for(settings, "members", clock=clock)
        service = create_service(settings, bus=bus, clock=clock, transport=office.transport())
        await service.migrate()
        broker.stop()
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=service.app, raise_app_exceptions=False),
            base_url="http://members",
            headers=office.headers(*all_scopes()),
        )
        async with service.running(), http:
            reply = await http.post("/v1/members", json=SELLER, headers={"Idempotency-Key": "k"})

            async def degraded() -> bool:
                return bool((await http.get("/readyz")).json()["degraded"])

            await eventually(degraded)
            waiting = await service.relay.waiting()
            broker.start()

            async def drained() -> bool:
                return await service.relay.waiting() == 0

            await eventually(drained, within_s=60)
            ready = (await http.get("/readyz")).json()

        assert reply.status_code == 201
        assert waiting == 1
        assert ready == {"status": "ok", "degraded": {}}
