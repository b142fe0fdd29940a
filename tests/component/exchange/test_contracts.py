"""A new peer sees nothing before a contract is final, then what it names, and nothing after it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.identity import Identity
from services.exchange.clients.feed import FeedUnavailable
from services.exchange.domain.contract import DECIDE_WITHIN
from services.exchange.store.people_tables import person_key
from services.exchange.store.tables import egress, metadata, replica, untold_step
from services.exchange.timers import ContractGauges
from services.exchange.usecases.negotiate import end_overdue
from shared.contracts.exchange.events import ContractMoved
from shared.contracts.members.events import ContactNamed
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, MY, Hub, Wire, order_id, say_cancelled, two_hubs
from tests.component.exchange.test_people import NAME, crossed, named, read
from tests.real import Postgres

Hubs = tuple[Hub, Hub, Wire]
OFFER = {
    "dest": MY,
    "purpose": "customs clearance",
    "expires_at": (NOON + timedelta(days=300)).isoformat(),
    "types": [{"type": "orders.order-cancelled.v1", "fields": ["order_id", "reason"]}],
}


@pytest.fixture(params=["sqlite", "postgres"])
async def strangers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Hubs]:
    """Two hubs that trust each other's anchors and have agreed on nothing."""
    found = {hub: Identity.in_folder(hub, tmp_path / hub) for hub in (CN, MY)}
    for identity in found.values():
        identity.found(now=NOON - timedelta(days=1))
    for hub, other in ((CN, MY), (MY, CN)):
        found[hub].trust(found[other].anchor(f"http://{other}"))
    if request.param == "sqlite":
        urls = [f"sqlite+aiosqlite:///{tmp_path}/{name}.db" for name in ("cn", "my")]
        async with two_hubs(urls=urls, directory=tmp_path, identities=found) as both:
            yield await _introduced(both)
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    names = [f"test_{uuid4().hex}" for _ in range(2)]
    try:
        urls = [postgres.url(name) for name in names]
        async with two_hubs(urls=urls, directory=tmp_path, identities=found) as both:
            yield await _introduced(both)
    finally:
        for name in names:
            postgres.drop(name)


async def _introduced(both: Hubs) -> Hubs:
    for hub in both[:2]:
        assert await hub.ask_document()
    return both


async def offered(hub: Hub, **changed: Any) -> httpx.Response:
    headers = {"Idempotency-Key": f"offer-{uuid4().hex}"}
    return await hub.http.post("/v1/contracts", json={**OFFER, **changed}, headers=headers)


async def decided(hub: Hub, contract_id: str, step: str, reason: str | None = None) -> str:
    reply = await hub.http.post(
        f"/v1/contracts/{contract_id}/{step}",
        json={"reason": reason} if reason else None,
        headers={"Idempotency-Key": f"{step}-{uuid4().hex}"},
    )
    assert reply.status_code == 200, reply.text
    state: str = reply.json()["state"]
    return state


async def tell(*hubs: Hub) -> None:
    """Let every hub tell its peer all there is to tell, until nobody has anything to say."""
    told = 1
    while told:
        told = 0
        for hub in hubs:
            told += await hub.teller.tell()


async def state_at(hub: Hub, contract_id: str) -> tuple[str, str | None]:
    async with hub.store.reading() as tx:
        found = await tx.negotiations.find(contract_id)
    assert found is not None
    return found.state.value, found.reason


async def final(cn: Hub, my: Hub, **changed: Any) -> str:
    """Offer, agree, and let both hubs bring it to its end; return the contract's id."""
    contract_id: str = (await offered(cn, **changed)).json()["contract_id"]
    await tell(cn, my)
    await decided(my, contract_id, "agree")
    await tell(my, cn)
    return contract_id


class TestBefore:
    async def test_nothing_is_numbered_for_a_peer_without_a_contract(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        await say_cancelled(cn, 1)
        await my.pull()
        assert await cn.rows(egress) == []

    async def test_nothing_crosses_on_an_offer_or_on_one_hubs_word(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        contract_id = (await offered(cn)).json()["contract_id"]
        await say_cancelled(cn, 1)
        await tell(cn)
        await decided(my, contract_id, "agree")
        await say_cancelled(cn, 2)
        assert await cn.rows(egress) == []


class TestFinal:
    async def test_both_hubs_hold_the_same_and_say_so(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        contract_id = await final(cn, my)
        assert await state_at(cn, contract_id) == await state_at(my, contract_id)
        assert (await state_at(my, contract_id))[0] == "finalised"
        said = [(e.state, e.party) for e in await my.said(ContractMoved)]
        assert said == [(s, "dest") for s in ("offered", "agreed", "verified", "finalised")]

    async def test_exactly_the_agreed_fields_arrive_of_what_is_said_since(
        self, strangers: Hubs
    ) -> None:
        cn, my, _ = strangers
        await say_cancelled(cn, 9)
        await final(cn, my)
        assert await cn.rows(egress) == []
        await say_cancelled(cn, 1)
        await my.pull()
        [row] = await my.rows(replica)
        assert row["data"] == b'{"order_id":"%s","reason":"buyer-request"}' % order_id(1).encode()

    async def test_lets_a_persons_data_be_read_and_its_end_lets_nobody_ask_again(
        self, strangers: Hubs
    ) -> None:
        cn, my, _ = strangers
        types = [{"type": ContactNamed.wire_name, "fields": ["contact_name"]}]
        contract_id = await final(cn, my, types=types)
        await crossed(cn, my, named(cn))
        [key] = await cn.rows(person_key)

        assert await read(my) == {"contact_name": NAME}
        await decided(cn, contract_id, "terminate", "done")
        with pytest.raises(FeedUnavailable, match="403"):
            await my.puller.feed.person_keys([key["name"]])

    async def test_a_step_is_told_as_soon_as_it_is_taken(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        telling = asyncio.create_task(cn.teller.run())
        await asyncio.sleep(0.2)  # it has looked once, and waits

        contract_id = (await offered(cn)).json()["contract_id"]
        async with asyncio.timeout(1.5):  # shorter than its next look
            while await cn.rows(untold_step):
                await asyncio.sleep(0.02)

        telling.cancel()
        assert (await state_at(my, contract_id))[0] == "offered"

    async def test_every_step_twice_changes_nothing(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        contract_id = (await offered(cn)).json()["contract_id"]
        for step, teller, hub in (("offer", cn, my), ("agree", my, cn)):
            if step == "agree":
                await decided(my, contract_id, "agree")
            async with teller.store.reading() as tx:
                [waiting] = await tx.negotiations.untold(hub.name)
            await tell(teller)
            async with teller.store.transaction() as tx:
                found = await tx.negotiations.find(contract_id)
                assert found is not None
                await tx.negotiations.tell(found, waiting.step, signature=waiting.signature)
            await tell(cn, my)
        assert await state_at(cn, contract_id) == await state_at(my, contract_id)
        assert (await state_at(cn, contract_id))[0] == "finalised"


class TestSetAside:
    async def test_a_record_that_a_contract_cut_down_is_replayed_as_it_was_cut(
        self, strangers: Hubs
    ) -> None:
        cn, my, _ = strangers
        await final(cn, my, types=[{"type": "orders.order-cancelled.v1", "fields": ["order_id"]}])
        rules = my.puller.taker.agreements.rules({"orders.order-cancelled.v1": ("order_id",)})
        [rule] = rules.values()
        refused: list[str | None] = ["a fault of this hub's own"]
        strict = type(rule)(lambda data: refused[0] or rule.validate(data), rule.guard, True)
        my.puller.taker.agreements._rules["orders.order-cancelled.v1", ("order_id",)] = strict
        await say_cancelled(cn, 1)
        await my.pull()
        [waiting] = (await my.http.get("/v1/set-aside")).json()["items"]
        refused[0] = None

        reply = await my.post(f"/v1/set-aside/{waiting['id']}/replay")

        assert reply.json() == {"replayed": 1}
        [row] = await my.rows(replica)
        assert row["data"] == b'{"order_id":"%s"}' % order_id(1).encode()
        outbox = await my.rows(metadata.tables["outbox"])
        assert not [o for o in outbox if o["topic"] == f"{CN}.orders.events"]


class TestEnding:
    @pytest.mark.parametrize("who", ["origin", "dest"])
    async def test_ends_the_stream_and_both_read_why(self, strangers: Hubs, who: str) -> None:
        cn, my, _ = strangers
        contract_id = await final(cn, my)
        await say_cancelled(cn, 1)
        await my.pull()
        hub = cn if who == "origin" else my
        await decided(hub, contract_id, "terminate", "no longer needed")
        await tell(cn, my)
        await say_cancelled(cn, 2)
        await my.pull()
        assert [row["subject"] for row in await my.rows(replica)] == [order_id(1)]
        ends = {await state_at(cn, contract_id), await state_at(my, contract_id)}
        assert ends == {("terminated", "no longer needed")}

    async def test_what_was_framed_but_not_pulled_stays_at_home(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        contract_id = await final(cn, my)
        await say_cancelled(cn, 1)
        await decided(cn, contract_id, "terminate", "revoked")
        await my.pull()
        assert await my.rows(replica) == []

    async def test_a_suspended_contract_goes_on_where_it_stopped(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        contract_id = await final(cn, my)
        assert await decided(my, contract_id, "suspend", "audit") == "suspended"
        await tell(my, cn)
        await say_cancelled(cn, 1)
        await my.pull()
        assert await my.rows(replica) == []
        await decided(my, contract_id, "resume")
        await tell(my, cn)
        await say_cancelled(cn, 2)
        await my.pull()
        assert [row["subject"] for row in await my.rows(replica)] == [order_id(2)]

    async def test_an_offer_nobody_answers_ends_at_both_hubs(self, strangers: Hubs) -> None:
        cn, my, _ = strangers
        contract_id = (await offered(cn)).json()["contract_id"]
        await tell(cn)
        cn.store.clock.move(DECIDE_WITHIN)  # type: ignore[attr-defined]
        async with cn.store.transaction() as tx:
            assert await end_overdue(tx, key=cn.key) == 1
        await tell(cn, my)
        ends = {await state_at(cn, contract_id), await state_at(my, contract_id)}
        assert ends == {("terminated", "offered-too-long")}

    async def test_shows_at_both_hubs_how_long_it_still_holds_until_it_ends(
        self, strangers: Hubs
    ) -> None:
        cn, my, _ = strangers
        await offered(cn)
        assert (await left_s(cn), await left_s(my)) == ({}, {})

        contract_id = await final(cn, my)
        cn.store.clock.move(timedelta(days=299))  # type: ignore[attr-defined]
        await decided(my, contract_id, "suspend", "audit")
        assert await left_s(cn) == {(MY, contract_id, "origin"): timedelta(days=1).total_seconds()}
        assert await left_s(my) == {(CN, contract_id, "dest"): timedelta(days=300).total_seconds()}

        await decided(my, contract_id, "terminate", "revoked")
        await tell(my)
        assert (await left_s(cn), await left_s(my)) == ({}, {})


async def left_s(hub: Hub) -> dict[tuple[str, str, str], float]:
    """The gauge of every contract, by peer, contract and party."""
    [gauges] = [
        owner
        for loop in hub.service.loops
        if isinstance(owner := getattr(loop, "__self__", None), ContractGauges)
    ]
    await gauges.show()
    return {
        (of["peer"], of["contract"], of["party"]): sample.value
        for metric in hub.service.metrics.registry.collect()
        if metric.name == "eroad_contract_valid_seconds"
        for sample in metric.samples
        if (of := sample.labels)
    }


class TestRefusals:
    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"dest": "sg-sin"}, "exchange.peer-unknown"),
            ({"types": []}, "exchange.terms-invalid"),
            ({"types": [{"type": "orders.nothing.v1"}]}, "exchange.terms-invalid"),
            ({"areas": ["insight"]}, "exchange.terms-invalid"),
            ({"expires_at": NOON.isoformat()}, "exchange.terms-invalid"),
            (
                {"types": [{"type": "orders.order-placed.v1", "fields": ["buyer_name"]}]},
                "exchange.terms-invalid",
            ),
        ],
    )
    async def test_offers_of_what_can_not_be_shared(
        self, strangers: Hubs, changed: dict[str, Any], code: str
    ) -> None:
        cn, _, _ = strangers
        reply = await offered(cn, **changed)
        assert (reply.status_code in (404, 422), reply.json()["code"]) == (True, code)
        assert (await cn.http.get("/v1/contracts")).json()["items"] == []

    async def test_a_step_out_of_turn(self, strangers: Hubs) -> None:
        cn, _, _ = strangers
        contract_id = (await offered(cn)).json()["contract_id"]
        reply = await cn.http.post(
            f"/v1/contracts/{contract_id}/agree", headers={"Idempotency-Key": "own-offer"}
        )
        assert (reply.status_code, reply.json()["code"]) == (409, "exchange.contract-step-refused")

    async def test_a_step_that_the_peer_refuses_ends_the_contract_here(
        self, strangers: Hubs
    ) -> None:
        cn, my, _ = strangers
        contract_id = await final(cn, my)
        async with my.store.transaction() as tx:
            found = await tx.negotiations.find(contract_id)
            assert found is not None
        await decided(cn, contract_id, "terminate", "revoked")
        await decided(my, contract_id, "suspend", "audit")
        await tell(my)
        assert (await state_at(my, contract_id))[
            1
        ] == "peer-refused: exchange.contract-step-refused"

    async def test_a_stranger_is_not_heard(self, strangers: Hubs) -> None:
        _, my, _ = strangers
        step = {"contract_id": order_id(1), "step": "terminate", "kid": "x" * 43, "reason": "no"}
        reply = await my.http.post("/v1/contract-steps", json=step)
        assert reply.status_code == 401
