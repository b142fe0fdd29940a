"""An export list opens the rebate case of its order, fills it, and gives shares back."""

import itertools
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from services.customs.domain.gate.elements import Value
from shared.contracts.customs.events import RebateClawedBack, RebateEvidenced
from shared.kernel.ids import derived_id
from tests.builders.customs_gate import SENDER
from tests.builders.customs_gate_exports import (
    arrival_507,
    departure_509,
    list_603,
    loading_607,
    order_303,
    receipt_403,
    reentered_215,
    reentry_213,
    waybill_505,
)
from tests.builders.running import Running
from tests.component.customs.test_gate import register, send

STANDS: dict[str, Value] = {"classification_id": "3926909090"}
ORDER = derived_id("ord", "cn-hgh", "TASIK/TASIK-X1")
CASE = f"/v1/rebate-cases/{ORDER}"
INVOICE = {
    "invoice_no": "FP-1",
    "currency": "CNY",
    "lines": [{"line_no": 1, "net_minor": 8_000}],
}


@pytest.fixture
async def gate(destination: Running) -> Running:
    """Customs of cn-hgh, where the seller's code is a member's too."""
    await register(destination, SENDER["copCode"], "TASIK", "232", "AGENT", "SITE", "LINAN")
    return destination


async def release(customs: Running) -> None:
    await send(customs, 303, order_303())
    await send(customs, 403, receipt_403())
    await send(customs, 505, waybill_505())
    await send(customs, 603, list_603(line=STANDS))
    await send(customs, 507, arrival_507())


async def depart(customs: Running) -> None:
    await send(customs, 607, loading_607("X1"))
    await send(customs, 509, departure_509("X1"))


async def invoice(customs: Running) -> None:
    reply = await customs.post(f"{CASE}/invoices", INVOICE)
    assert reply.status_code == 201, reply.text


async def case(customs: Running) -> dict[str, Any]:
    return (await customs.http.get(CASE)).json()  # type: ignore[no-any-return]


class TestEvidence:
    async def test_is_whole_with_release_departure_money_and_invoice(self, gate: Running) -> None:
        await release(gate)
        released = await case(gate)
        await depart(gate)
        departed = await case(gate)
        await invoice(gate)
        (list_id,) = [
            one["id"] for one in (await gate.http.get("/v1/export-lists")).json()["items"]
        ]
        stranger = gate.office.headers("customs:read", member_id=derived_id("mbr", "cn-hgh", "x"))
        own = gate.office.headers("customs:read")
        listed = [
            [one["order_id"] for one in reply.json()["items"]]
            for headers in (own, stranger)
            for reply in [await gate.http.get("/v1/rebate-cases", headers=headers)]
        ]

        assert listed == [[ORDER], []]
        assert released["missing"] == ["departure", "invoice"]
        assert departed["missing"] == ["invoice"]
        (evidenced,) = await gate.said(RebateEvidenced)
        assert (evidenced.order_id, evidenced.declaration_id) == (ORDER, list_id)
        assert evidenced.seller_id == derived_id("mbr", "cn-hgh", "a member")
        assert (evidenced.amount.amount_minor, evidenced.amount.currency) == (1_040, "CNY")
        assert evidenced.claim_by.date() == date(2027, 4, 30)

    @pytest.mark.parametrize("turn", list(itertools.permutations((depart, invoice))))
    async def test_is_said_once_in_any_order_and_however_often_it_comes(
        self, gate: Running, turn: tuple[Callable[[Running], Awaitable[None]], ...]
    ) -> None:
        await release(gate)
        for step in turn:
            await step(gate)
            await step(gate)
        await release(gate)

        assert len(await gate.said(RebateEvidenced)) == 1

    async def test_waits_for_an_officer_to_release_what_is_held(self, gate: Running) -> None:
        for message, build in ((303, order_303), (403, receipt_403), (505, waybill_505)):
            await send(gate, message, build("A-RED"))
        await send(gate, 603, list_603("A-RED", line=STANDS))
        await send(gate, 507, arrival_507("A-RED"))
        path = f"/v1/rebate-cases/{derived_id('ord', 'cn-hgh', 'TASIK/TASIK-A-RED')}"
        held = await gate.http.get(path)
        (one,) = (await gate.http.get("/v1/export-lists")).json()["items"]
        await gate.post(f"/v1/export-lists/{one['id']}/release", {"reason": "papers-fit"})

        assert held.json()["code"] == "customs.rebate-case-not-found"
        assert (await gate.http.get(path)).json()["missing"] == ["departure", "invoice"]

    async def test_of_a_seller_who_is_no_member_or_of_goods_without_a_rate_is_none(
        self, gate: Running
    ) -> None:
        await gate.http.delete("/v1/gates/cn/filers/LINAN")
        await release(gate)
        await depart(gate)
        refused = await gate.post(f"{CASE}/invoices", INVOICE)

        assert refused.json()["code"] == "customs.rebate-case-not-found"
        assert await gate.said(RebateEvidenced) == []

    @pytest.mark.parametrize("is_member", [True, False])
    async def test_of_a_seller_who_is_no_member_is_missing_in_words(
        self, gate: Running, *, is_member: bool
    ) -> None:
        if not is_member:
            await gate.http.delete("/v1/gates/cn/filers/LINAN")
        waiting = await send(gate, 603, list_603(line=STANDS))
        for number, build in ((303, order_303), (403, receipt_403), (505, waybill_505)):
            await send(gate, number, build())
        again = await send(gate, 603, list_603(line=STANDS))
        (one,) = (await gate.http.get("/v1/export-lists")).json()["items"]
        read = (await gate.http.get(f"/v1/export-lists/{one['id']}")).json()

        for (receipt,), status in ((waiting, "2"), (again, "120")):
            assert receipt.text("response_status_code") == status
            said = "[Code:seller-not-registered;" in receipt.text("response_text")
            assert said is not is_member
        assert (one["opens_rebate"], read["opens_rebate"]) == (None, is_member)


class TestReturn:
    async def test_repays_the_share_of_what_came_back_once(self, gate: Running) -> None:
        await release(gate)
        await depart(gate)
        await invoice(gate)
        (one,) = (await gate.http.get("/v1/export-lists")).json()["items"]
        gate.wait(timedelta(days=150))
        await send(gate, 213, reentry_213(one["number"], classification_id="3926909090"))
        before = await gate.said(RebateClawedBack)
        for _ in range(2):
            await send(gate, 215, reentered_215(one["number"]))

        assert before == []
        (clawed,) = await gate.said(RebateClawedBack)
        assert clawed.amount.amount_minor == 520
        assert (await case(gate))["repaid"] == {"amount_minor": 520, "currency": "CNY"}
