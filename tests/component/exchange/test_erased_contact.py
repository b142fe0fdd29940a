"""A member's contact from its naming to its erasure, through the doors of two services at two hubs.

The members service of cn-hgh is the real one; its outbox is what its exchange hears.
"""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from deploy.commands.person import erased, how_far, is_signed, table_of
from deploy.identity import Identity
from deploy.scenario.hub_client import HubClient, StoryBroken
from services.exchange.domain.bundle import CheckName, verify_bundle
from services.exchange.domain.erasure import check_erasure_receipt
from services.exchange.domain.erasure_bundle import ErasureCheckName, verify_erasure_bundle
from services.exchange.domain.peer import Pinned, read_pinned
from services.exchange.domain.receipt import Receipt
from services.exchange.store.tree import TreeState
from services.members.service import create_service
from services.members.settings import MembersSettings
from shared.contracts.members.events import ContactNamed
from tests.builders.running import Running, running
from tests.builders.tokens import new_key_pem
from tests.component.exchange.hubs import CN, MY, Hub, Wire, introduced
from tests.component.exchange.test_people import named, person

WHO = {"name": "Wang Xiaofang", "phone": "+86 138 0000 0000"}


@pytest.fixture
async def members(tmp_path: Path) -> AsyncIterator[Running]:
    """The members service of cn-hgh; its own tests see it on both databases."""
    async with running(
        create_service,
        MembersSettings,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/members.db",
        directory=tmp_path,
        hub=CN,
        peers=[MY],
        token_key=new_key_pem(),
        operator_secret="eroad_test_operator",
    ) as service:
        yield service


class Town:
    """Two hubs; the member is at the first, the officer at the second."""

    def __init__(self, members: Running, cn: Hub, my: Hub) -> None:
        self.members, self.cn, self.my = members, cn, my
        self._heard = 0

    async def member(self) -> str:
        """A new member's id."""
        body = {"kind": "agent", "name": "Longjing Tea", "country": "CN"}
        reply = await self.members.post("/v1/members", body)
        assert reply.status_code == 201, reply.text
        return str(reply.json()["id"])

    async def told(self) -> None:
        """What the members service has said since is heard by its hub, and crosses."""
        said = await self.members.envelopes()
        await self.cn.say(*said[self._heard :])
        self._heard = len(said)
        await self.cn.close()
        assert await self.my.pull()
        for hub in (self.cn, self.my):
            await hub.recorder.record()

    async def officer_opens(self, member_id: str) -> dict[str, Any]:
        """What the officer at my-kul reads of the member's contact."""
        officer = self.my.office.headers("exchange:open")
        query = {"type": ContactNamed.wire_name, "origin": CN, "subject": member_id}
        reply = await self.my.http.get("/v1/replicas/opened", params=query, headers=officer)
        assert reply.status_code == 200, reply.text
        data: dict[str, Any] = msgspec.json.decode(reply.json()["data"])
        return data


@pytest.fixture
async def town(rooted: tuple[Hub, Hub, Wire], members: Running) -> Town:
    cn, my, _ = await introduced(rooted)
    return Town(members, cn, my)


def anchors(identities: dict[str, Identity]) -> dict[str, Pinned]:
    given: dict[str, Pinned] = {}
    for hub, identity in identities.items():
        given.update(read_pinned(msgspec.json.encode(identity.anchor(f"http://{hub}"))))
    return given


class TestErasedContact:
    async def test_is_read_by_nobody_while_its_proof_still_holds(
        self, town: Town, identities: dict[str, Identity]
    ) -> None:
        member_id = await town.member()
        door = f"/v1/members/{member_id}/contact"
        assert (await town.members.http.put(door, json=WHO)).status_code == 200
        await town.told()
        before = await town.officer_opens(member_id)
        [event_id] = [
            each.id
            for each in await town.members.envelopes()
            if each.type == ContactNamed.wire_name
        ]
        proof = (await town.cn.http.get(f"/v1/evidence/{event_id}")).content

        assert (await town.members.http.delete(door)).status_code == 200
        await town.told()
        assert await town.cn.erasures.tell() == 1

        assert (before["contact_name"], before["contact_phone"]) == (WHO["name"], WHO["phone"])
        after = await town.officer_opens(member_id)
        assert (after["contact_name"], after["contact_phone"]) == (None, None)
        assert after["person_id"] == before["person_id"]
        again = (await town.cn.http.get(f"/v1/evidence/{event_id}")).content
        for bundle in (proof, again):
            checks = verify_bundle(bundle, anchors(identities))
            assert [check.name for check in checks if check.passed] == list(CheckName)
            assert WHO["name"].encode() not in bundle


class TestErasureInTheLog:
    async def test_is_proven_offline_out_of_the_origins_log(
        self, town: Town, identities: dict[str, Identity]
    ) -> None:
        cn, my = town.cn, town.my
        await cn.say(named(cn))
        door = f"/v1/erasures/evidence?person={person()}"
        nobody = await cn.http.get(door)
        await cn.post("/v1/erasures", {"person": person()})
        await cn.erasures.tell()
        too_early = await cn.http.get(door)
        before = [await log_size(hub) for hub in (cn, my)]

        logged = [await hub.recorder.record() for hub in (cn, my)]

        assert logged == [1, 1]
        assert [await log_size(hub) for hub in (cn, my)] == [size + 1 for size in before]
        assert [await hub.recorder.record() for hub in (cn, my)] == [0, 0]
        bundle = (await cn.http.get(f"{door}&peer={MY}")).content
        checks = verify_erasure_bundle(bundle, anchors(identities))
        assert [check.name for check in checks if check.passed] == list(ErasureCheckName)
        [at] = (await cn.http.get(f"/v1/erasures?person={person()}")).json()["peers"]
        assert f"{MY} has no key {at['key']} of {CN}" in checks[3].detail
        assert person().encode() not in bundle
        refused = [(each.status_code, each.json()["code"]) for each in (nobody, too_early)]
        assert refused == [(404, "exchange.nothing-erased"), (409, "exchange.not-proven-yet")]

    async def test_is_logged_anew_in_a_new_epoch(self, town: Town) -> None:
        cn = town.cn
        await cn.say(named(cn))
        await cn.post("/v1/erasures", {"person": person()})
        await cn.erasures.tell()
        await cn.recorder.record()
        async with cn.store.transaction() as tx:
            await tx.tree.keep(await tx.tree.begin(2))

        assert await cn.recorder.record() == 1


async def log_size(hub: Hub) -> int:
    async with hub.store.reading() as tx:
        state: TreeState = await tx.tree.state()
        return state.size


class Doors(httpx.AsyncBaseTransport):
    """A hub's doors as its operator's command finds them, where its exchange stands alone."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._app = httpx.ASGITransport(app=hub.service.app)
        self.looked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/members/v1/oauth/token":
            token = self._hub.office.token("hub:operate")
            return httpx.Response(200, json={"access_token": token, "expires_in": 300})
        if request.method == "GET":
            self.looked += 1
            await self._hub.erasures.tell()
        target = request.url.raw_path.removeprefix(b"/exchange")
        request.url = request.url.copy_with(raw_path=target)
        return await self._app.handle_async_request(request)


async def ask(hub: Hub, person_id: str, *, wait_s: float) -> tuple[dict[str, Any], Doors]:
    """What the operator of a hub is told who types `eroad person erase`."""
    doors = Doors(hub)
    async with httpx.AsyncClient(transport=doors) as http:
        operator = HubClient(f"http://{hub.name}", "operator", "a secret", "a run", http)
        return await erased(operator, person_id, wait_s=wait_s), doors


class TestOperatorsCommand:
    async def test_waits_for_the_peers_signed_receipt(self, origin: Hub, dest: Hub) -> None:
        await origin.say(named(origin))

        view, doors = await ask(origin, person(), wait_s=20)

        assert is_signed(view)
        assert doors.looked == 1
        [at] = view["peers"]
        receipt = Receipt(*(base64.b64decode(at["receipt"][p]) for p in ("body", "signature")))
        ring = origin.puller.taker.peer.ring
        body = check_erasure_receipt(receipt, name=at["key"], origin=CN, ring=ring)
        table = table_of(view)
        shown = {column.header: list(column.cells) for column in table.columns}
        assert (shown["peer"], shown["signed"]) == ([MY], [f"[green]{body.at}"])

    async def test_shows_who_has_not_signed_when_it_waits_no_longer(
        self, origin: Hub, wire: Wire
    ) -> None:
        await origin.say(named(origin))

        view, doors = await ask(origin, person(), wait_s=0)

        assert not is_signed(view)
        assert doors.looked == 0
        [column] = [each for each in table_of(view).columns if each.header == "signed"]
        assert list(column.cells) == ["[yellow]not yet"]

    async def test_has_nobody_to_wait_for_where_no_peer_could_read_anything(
        self, origin: Hub
    ) -> None:
        view, doors = await ask(origin, "per_1&person=per_2", wait_s=20)
        looked = doors.looked
        async with httpx.AsyncClient(transport=doors) as http:
            operator = HubClient(f"http://{CN}", "operator", "a secret", "a run", http)
            again = await how_far(operator, "per_1&person=per_2")

        assert (view["peers"], is_signed(view), looked) == ([], True, 0)
        assert again["person"] == view["person"] == "per_1&person=per_2"

    async def test_tells_who_was_never_erased(self, origin: Hub) -> None:
        async with httpx.AsyncClient(transport=Doors(origin)) as http:
            operator = HubClient(f"http://{CN}", "operator", "a secret", "a run", http)
            with pytest.raises(StoryBroken, match=r"exchange\.not-erased"):
                await how_far(operator, "per_nobody")
