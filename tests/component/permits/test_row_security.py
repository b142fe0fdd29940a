"""PostgreSQL shows an exporter its own cases and permits, and officers all of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.permits.service import create_service
from services.permits.settings import PermitsSettings
from tests.builders.permits import OTHER_SELLER, SELLER
from tests.builders.running import running
from tests.builders.service_role import as_service_role, guarded_tables, rows_seen
from tests.builders.tokens import new_key_pem
from tests.component.permits.conftest import Desk, a_desk

GUARDED = {
    "application",
    "application_change",
    "application_desk",
    "licence",
    "licence_change",
    "licence_line",
    "refused_use",
}


@pytest.fixture
async def desk(unmade_database: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with (
        running(
            create_service,
            PermitsSettings,
            database_url=unmade_database,
            directory=tmp_path,
            hub="my-kul",
            signing_key=new_key_pem(),
        ) as service,
        as_service_role(service),
    ):
        yield await a_desk(service)


async def test_shows_what_is_ones_own(desk: Desk) -> None:
    """A whole case is worked through by exporter and officers, as one role and under guard."""
    one = await desk.issued()
    service = desk.service

    assert await guarded_tables(service) == GUARDED
    for table in ("application", "application_change", "licence", "licence_line"):
        assert await rows_seen(service, table, SELLER) > 0
        assert await rows_seen(service, table, OTHER_SELLER) == 0

    path = f"/v1/licences/{one['licence_id']}"
    others = await service.http.get(path, headers=desk.as_seller(OTHER_SELLER))
    own = await service.http.get(f"{path}/document", headers=desk.as_seller())
    signed = own.json()
    verified = await service.post(
        "/v1/documents/verify", signed, headers=desk.as_seller(OTHER_SELLER)
    )
    assert (others.status_code, own.status_code) == (404, 200)
    assert verified.json()["is_good"]
