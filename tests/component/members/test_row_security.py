"""PostgreSQL shows a member its own clients, contact and permissions, and agents what is theirs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.members.service import create_service
from services.members.settings import MembersSettings
from tests.builders.running import Running, running
from tests.builders.service_role import as_service_role, guarded_tables, rows_seen
from tests.builders.tokens import new_key_pem
from tests.component.members.test_members import registered
from tests.component.members.test_permissions import CONSENT, parties


@pytest.fixture
async def members(unmade_database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with (
        running(
            create_service,
            MembersSettings,
            database_url=unmade_database,
            directory=tmp_path,
            hub="my-kul",
            token_key=new_key_pem(),
            operator_secret="eroad_test_operator",
        ) as service,
        as_service_role(service),
    ):
        yield service


async def test_shows_what_is_ones_own(members: Running) -> None:
    headers, delegation = await parties(members)
    given = (await members.post("/v1/delegations", delegation, headers=headers)).json()
    await members.post("/v1/consents", CONSENT, headers=headers)
    seller, agent = given["member_id"], delegation["agent_id"]
    other = (await registered(members))["id"]
    path = f"/v1/members/{seller}/clients"
    client = (await members.post(path, {"name": "shop"})).json()

    rotated = await members.post(f"/v1/clients/{client['client_id']}/rotate", headers=headers)
    stolen = await members.post(
        f"/v1/clients/{client['client_id']}/rotate",
        headers=members.office.headers("members:read", member_id=other),
    )

    assert await guarded_tables(members) == {"client", "contact", "permission"}
    for table, counts in {"client": (1, 0, 0), "permission": (2, 1, 0)}.items():
        seen = [await rows_seen(members, table, one) for one in (seller, agent, other)]
        assert tuple(seen) == counts, table
    assert (rotated.status_code, stolen.status_code) == (200, 404)
    await members.post(f"/v1/clients/{client['client_id']}/revoke", headers=headers)
    keys = await members.http.get("/.well-known/jwks.json", headers={"Authorization": ""})
    assert client["client_id"] in keys.json()["revoked"]
