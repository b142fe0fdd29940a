"""The permits service of my-kul, running, and the people who use it."""

import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.permits.domain.signing import DocumentKey
from services.permits.service import create_service
from services.permits.settings import PermitsSettings
from tests.builders.permits import SELLER, an_actor
from tests.builders.running import Running, running
from tests.builders.tokens import new_key_pem

COFFEE_LINE = {
    "hs_code": "2101120000",
    "description": "Kinta Valley white coffee, 15 x 38 g",
    "quantity": 128,
    "unit": "NMP",
}
HEALTH: dict[str, Any] = {
    "permit_type": "health-certificate",
    "destination": "CN",
    "lines": [COFFEE_LINE],
    "facts": {"establishment": "Kinta Valley, Ipoh"},
}
DURIAN: dict[str, Any] = {
    "permit_type": "maqis-export-permit",
    "destination": "CN",
    "lines": [
        {"hs_code": "0811909022", "description": "frozen durian", "quantity": 500, "unit": "KGM"}
    ],
    "facts": {"farm_certificate": "MYGAP-PHG-0001", "plant_no": "MY-FD-9999"},
}


OFFICERS = ("aminah", "siti", "tan")
"""They decide for the ministry and for the quarantine office."""


class Desk:
    """The permits service as sellers and officers meet it."""

    def __init__(self, service: Running, *, seller_id: str = SELLER) -> None:
        self.service = service
        self.seller_id = seller_id

    def as_seller(self, member_id: str | None = None) -> dict[str, str]:
        member_id = member_id or self.seller_id
        return self.service.office.headers("permits:read", "permits:write", member_id=member_id)

    def as_officer(self, name: str = "aminah") -> dict[str, str]:
        member_id = an_actor(name).member_id
        return self.service.office.headers("permits:read", "permits:decide", member_id=member_id)

    async def officers(self, agency: str, *names: str) -> None:
        """Let the operator make these people officers of an agency."""
        for name in names:
            reply = await self.service.http.put(
                f"/v1/agencies/{agency}/officers/{an_actor(name).member_id}",
                headers=self.service.office.headers("hub:operate"),
            )
            assert reply.status_code == 204, reply.text

    async def draft(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        reply = await self.service.post(
            "/v1/applications", body or HEALTH, headers=self.as_seller()
        )
        assert reply.status_code == 201, reply.text
        return dict(reply.json())

    async def seller(self, one: dict[str, Any], deed: str, body: Any = None) -> httpx.Response:
        path = f"/v1/applications/{one['id']}/{deed}"
        return await self.service.post(path, body, headers=self.as_seller())

    async def officer(
        self,
        one: dict[str, Any],
        deed: str,
        body: Any = None,
        *,
        name: str = "aminah",
        version: int | None = None,
    ) -> httpx.Response:
        """Do an officer's deed to the version shown in `one`, unless told another."""
        headers = {**self.as_officer(name), "If-Match": f'"{version or one["version"]}"'}
        return await self.service.post(
            f"/v1/applications/{one['id']}/{deed}", body, headers=headers
        )

    async def under_review(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self.examined((await self.seller(await self.draft(body), "submit")).json())

    async def examined(self, one: dict[str, Any]) -> dict[str, Any]:
        one = (await self.officer(one, "take-up")).json()
        reply = await self.officer(one, "pass-checks")
        assert reply.json()["state"] == "under_review", reply.text
        return dict(reply.json())

    async def proposed(self) -> dict[str, Any]:
        """An application that Aminah proposes to issue."""
        one = await self.under_review()
        reply = await self.officer(one, "decide", {"outcome": "issue", "reason": "good"})
        return dict(reply.json())

    async def issued(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """An application issued by Aminah and countersigned by Siti."""
        return await self.granted(await self.under_review(body))

    async def granted(self, one: dict[str, Any]) -> dict[str, Any]:
        one = (await self.officer(one, "decide", {"outcome": "issue", "reason": "good"})).json()
        reply = await self.officer(
            one, "countersign", {"agree": True, "reason": "seen"}, name="siti"
        )
        assert reply.json()["state"] == "issued", reply.text
        return dict(reply.json())

    async def licence(self, licence_id: str) -> dict[str, Any]:
        reply = await self.service.http.get(f"/v1/licences/{licence_id}", headers=self.as_officer())
        return dict(reply.json())

    async def to_licence(
        self, licence: dict[str, Any], deed: str, *, name: str = "aminah"
    ) -> httpx.Response:
        headers = {**self.as_officer(name), "If-Match": f'"{licence["version"]}"'}
        return await self.service.post(
            f"/v1/licences/{licence['id']}/{deed}", {"reason": "a reason"}, headers=headers
        )


CN_PEM = new_key_pem()
CN_KEY = DocumentKey.from_pem(CN_PEM)
"""The key of the permits service of cn-hgh."""


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test leaves its migrated SQLite file for the others to start from."""
    return tmp_path_factory.mktemp("permits") / "template.db"


@pytest.fixture
async def permits(database_url: str, tmp_path: Path, template: Path) -> AsyncIterator[Running]:
    is_sqlite, file = database_url.startswith("sqlite"), tmp_path / "service.db"
    migrated = is_sqlite and template.exists()
    if migrated:
        shutil.copyfile(template, file)
    issuers = tmp_path / "issuers.json"
    known = [{"hub": "cn-hgh", "keys": [dict(CN_KEY.public_jwk)]}]
    issuers.write_text(json.dumps({"issuers": known}))
    async with running(
        create_service,
        PermitsSettings,
        database_url=database_url,
        directory=tmp_path,
        hub="my-kul",
        peers=["cn-hgh"],
        signing_key=new_key_pem(),
        issuers_file=issuers,
        is_migrated=migrated,
    ) as service:
        if is_sqlite and not migrated:
            with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(template)) as to:
                source.backup(to)
        yield service


@pytest.fixture
async def desk(permits: Running) -> Desk:
    return await a_desk(permits)


async def a_desk(service: Running) -> Desk:
    """A desk whose officers may decide for both agencies."""
    desk = Desk(service)
    for agency in ("MOH", "MAQIS"):
        await desk.officers(agency, *OFFICERS)
    return desk
