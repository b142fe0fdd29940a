"""Returns at both hubs: asked, allowed, sent, inspected, and unwound with customs and payments."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest

from services.orders.timers import DEADLINES_S
from services.orders.usecases.expire_returns import expire_returns
from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import (
    ComplaintOpened,
    ReturnAnswered,
    ReturnClosed,
    ReturnedLine,
    ReturnReceived,
    ReturnRequested,
)
from shared.kernel.ids import derived_id
from tests.builders.orders import CN, MY, NOON, SELLER, an_order_body, order_placed
from tests.builders.returns import refund_paid, tax_kept, tax_returned
from tests.builders.running import Running
from tests.component.orders.test_cancel_order import LED_TO, SELLERS

ONE = [{"line_no": 1, "quantity": 1}]
AS_NEW = [{"line_no": 1, "quantity": 1, "grade": "as-new", "disposition": "restock"}]
Case = dict[str, Any]


async def delivered(orders: Running, state: str = "delivered", **changes: Any) -> Case:
    order = (await orders.post("/v1/orders", an_order_body(**changes))).json()
    for said in LED_TO[state]:
        origin = MY if said in SELLERS else None
        await orders.hear(said(order["id"], order["order_no"]), origin=origin)
    return (await orders.http.get(f"/v1/orders/{order['id']}")).json()  # type: ignore[no-any-return]


async def asked(orders: Running, order: Case, **changes: Any) -> Case:
    body = {"order_id": order["id"], "lines": ONE, "reason": "changed-mind", **changes}
    reply = await orders.post("/v1/returns", body)
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def did(orders: Running, case: Case, deed: str, body: Any = None) -> Case:
    reply = await orders.post(f"/v1/returns/{case['id']}/{deed}", body)
    assert reply.status_code == 200, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def inspected(orders: Running, lines: Any = None) -> Case:
    case = await asked(orders, await delivered(orders))
    await did(orders, case, "receive")
    return await did(orders, case, "inspect", {"lines": lines or AS_NEW})


async def now(service: Running, case: Case) -> Case:
    return (await service.http.get(f"/v1/returns/{case['id']}")).json()  # type: ignore[no-any-return]


async def expire(orders: Running) -> None:
    async with orders.service.store.transaction() as tx:
        await expire_returns(tx, intake=orders.service.app.state.intake)


class TestRequest:
    async def test_in_time_is_allowed_by_the_rules_with_a_label(self, orders: Running) -> None:
        case = await asked(orders, await delivered(orders))

        label = (await orders.http.get(f"/v1/returns/{case['id']}/label")).json()
        [requested] = await orders.said(ReturnRequested)
        [answered] = await orders.said(ReturnAnswered)
        assert (case["state"], case["answered_by"]) == ("approved", "rules")
        assert label["address"] == "Returns desk, cn-hgh"
        assert f"^FD{case['id']}^FS" in label["zpl"]
        assert (requested.return_id, requested.seller_hub) == (case["id"], MY)
        assert (answered.answer, answered.by) == ("approved", "rules")
        envelopes = [e for e in await orders.envelopes() if "return" in e.type]
        assert {(e.subject, e.audience) for e in envelopes} == {(case["order_id"], MY)}

    async def test_counts_the_countrys_window_from_customs_release(self, orders: Running) -> None:
        order = await delivered(orders)
        orders.wait(timedelta(days=32))

        case = await asked(orders, order)

        assert (case["state"], case["answered_by"]) == ("requested", None)
        assert await orders.said(ReturnAnswered) == []
        refused = await orders.http.get(f"/v1/returns/{case['id']}/label")
        assert refused.json()["code"] == "orders.return-in-other-state"

    @pytest.mark.parametrize("state", ["placed", "shipped", "cleared"])
    async def test_needs_something_delivered(self, orders: Running, state: str) -> None:
        order = await delivered(orders, state)
        body = {"order_id": order["id"], "lines": ONE, "reason": "damaged"}

        reply = await orders.post("/v1/returns", body)

        assert (reply.status_code, reply.json()["code"]) == (409, "orders.nothing-to-return")

    async def test_takes_no_piece_back_twice_but_again_after_a_withdrawal(
        self, orders: Running
    ) -> None:
        order = await delivered(orders)
        case = await asked(orders, order)
        body = {"order_id": order["id"], "lines": ONE, "reason": "damaged"}

        again = await orders.post("/v1/returns", body)
        await did(orders, case, "withdraw")
        afterwards = await orders.post("/v1/returns", body)

        assert (again.status_code, again.json()["code"]) == (422, "orders.return-too-much")
        assert again.json()["left"] == 0
        assert afterwards.status_code == 201

    async def test_is_the_marketplaces_alone(self, orders: Running) -> None:
        order = await delivered(orders)
        scopes = ("orders:write", "orders:read", "orders:answer")
        stranger = orders.office.headers(*scopes, member_id=derived_id("mbr", CN, "other"))
        body = {"order_id": order["id"], "lines": ONE, "reason": "damaged"}
        case = await asked(orders, order)

        denied = [
            await orders.post("/v1/returns", body, headers=stranger),
            await orders.http.get(f"/v1/returns/{case['id']}", headers=stranger),
            await orders.post(f"/v1/returns/{case['id']}/withdraw", headers=stranger),
            await orders.post(
                f"/v1/returns/{case['id']}/answer", {"answer": "approve"}, headers=stranger
            ),
        ]
        listed = await orders.http.get("/v1/returns", headers=stranger)

        assert [reply.status_code for reply in denied] == [404] * 4
        assert listed.json()["items"] == []


class TestInspection:
    async def test_tells_customs_and_payments_what_came(self, orders: Running) -> None:
        case = await inspected(orders)

        [received] = await orders.said(ReturnReceived)
        assert (case["state"], case["condition"]) == ("inspected", "original")
        assert received.goods_refund == MoneyWords(amount_minor=5_800, currency="CNY")
        assert (received.condition, received.lines) == (
            "original",
            (ReturnedLine(line_no=1, quantity=1),),
        )
        assert received.requested_at == NOON

    async def test_needs_the_amount_that_damaged_goods_are_worth(self, orders: Running) -> None:
        case = await asked(orders, await delivered(orders))
        await did(orders, case, "receive")
        damaged = [{**AS_NEW[0], "grade": "damaged", "disposition": "destroy"}]

        without = await orders.post(f"/v1/returns/{case['id']}/inspect", {"lines": damaged})
        damaged[0]["refund"] = {"amount_minor": 2_000, "currency": "CNY"}
        worth = await did(orders, case, "inspect", {"lines": damaged})

        assert (without.status_code, without.json()["field"]) == (422, "lines[0].refund")
        assert (worth["condition"], worth["goods_refund"]["amount_minor"]) == ("damaged", 2_000)

    async def test_is_for_the_returns_desk_alone(self, orders: Running) -> None:
        case = await asked(orders, await delivered(orders))
        shop = orders.office.headers("orders:write", "orders:read")

        reply = await orders.post(f"/v1/returns/{case['id']}/receive", headers=shop)

        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")


class TestSaga:
    async def test_gives_back_goods_and_tax_whatever_comes_first_and_twice(
        self, orders: Running
    ) -> None:
        case = await inspected(orders)

        await orders.hear(refund_paid(case, 6_437), times=2)
        assert (await now(orders, case))["state"] == "inspected"
        await orders.hear(tax_returned(case), times=2)

        after = await now(orders, case)
        [closed] = await orders.said(ReturnClosed)
        assert after["state"] == "refunded"
        assert after["refunded"]["amount_minor"] == 6_437
        assert (closed.outcome, closed.reason) == ("refunded", "changed-mind")

    async def test_gives_back_the_goods_alone_when_customs_refuses(self, orders: Running) -> None:
        case = await inspected(orders)

        await orders.hear(tax_kept(case))
        assert (await now(orders, case))["state"] == "customs-confirmed"
        await orders.hear(refund_paid(case, 5_800))

        assert (await now(orders, case))["state"] == "refunded"

    async def test_ends_when_wrong_goods_came(self, orders: Running) -> None:
        wrong = [{**AS_NEW[0], "grade": "wrong-goods", "disposition": "back-to-buyer"}]
        case = await inspected(orders, wrong)

        await orders.hear(tax_kept(case, "not-original"))

        [closed] = await orders.said(ReturnClosed)
        assert (closed.outcome, closed.reason) == ("rejected", "wrong-goods")

    async def test_stands_in_the_orders_timeline(self, orders: Running) -> None:
        case = await inspected(orders)
        await orders.hear(tax_returned(case))
        await orders.hear(refund_paid(case, 6_437))

        page = (await orders.http.get(f"/v1/orders/{case['order_id']}/timeline")).json()

        kinds = [entry["kind"] for entry in page["items"]][-6:]
        assert kinds == [
            "return-requested",
            "return-answered",
            "return-received",
            "return-tax-accepted",
            "payment-refunded",
            "return-closed",
        ]


class TestSilence:
    async def test_of_the_seller_refuses_a_late_return(self, orders: Running) -> None:
        order = await delivered(orders)
        orders.wait(timedelta(days=32))
        case = await asked(orders, order)
        orders.wait(timedelta(days=3) - timedelta(seconds=1))
        await expire(orders)
        assert (await now(orders, case))["state"] == "requested"

        orders.wait(timedelta(seconds=1))
        await expire(orders)
        await expire(orders)

        [closed] = await orders.said(ReturnClosed)
        assert (closed.outcome, closed.reason) == ("rejected", "refused-by-silence")

    async def test_of_the_buyer_ends_what_never_came(self, orders: Running) -> None:
        case = await asked(orders, await delivered(orders))
        await did(orders, case, "send", {"tracking_no": "SF123456"})
        orders.wait(timedelta(days=48))

        await expire(orders)

        assert (await now(orders, case))["outcome_reason"] == "not-arrived"

    async def test_about_money_becomes_a_complaint_before_the_hub(self, orders: Running) -> None:
        case = await inspected(orders)
        await orders.hear(tax_returned(case))
        orders.wait(timedelta(days=10))

        await expire(orders)
        await expire(orders)

        [opened] = await orders.said(ComplaintOpened)
        assert (opened.stage, opened.about) == ("hub", "refund-overdue")
        assert (await now(orders, case))["state"] == "customs-confirmed"

    def test_is_looked_at_often_enough_for_a_moved_clock(self) -> None:
        assert DEADLINES_S <= 5


class TestSellersHub:
    REQUESTED = ReturnRequested(
        return_id=derived_id("ret", CN, "1"),
        order_id=order_placed().order_id,
        order_no=order_placed().order_no,
        logistics_no="KV26090100001",
        seller_id=SELLER,
        seller_hub=MY,
        buyer_hub=CN,
        lines=(ReturnedLine(line_no=1, quantity=1),),
        reason="changed-mind",
        requested_at=NOON,
    )
    CASE: ClassVar[Case] = {
        "id": REQUESTED.return_id,
        "order_id": REQUESTED.order_id,
        "order_no": REQUESTED.order_no,
        "logistics_no": REQUESTED.logistics_no,
    }
    CLOSED = ReturnClosed(
        return_id=REQUESTED.return_id,
        order_id=REQUESTED.order_id,
        order_no=REQUESTED.order_no,
        outcome="refunded",
        reason="changed-mind",
    )

    async def test_lets_the_seller_allow_a_late_return(self, sellers_hub: Running) -> None:
        await sellers_hub.hear(order_placed(), origin=CN)
        await sellers_hub.hear(self.REQUESTED, origin=CN, times=2)
        path = f"/v1/returns/{self.REQUESTED.return_id}/answer"
        seller = sellers_hub.office.headers("orders:answer", member_id=SELLER)

        reply = await sellers_hub.post(path, {"answer": "approve"}, headers=seller)
        again = await sellers_hub.post(path, {"answer": "refuse"}, headers=seller)

        [answered] = await sellers_hub.said(ReturnAnswered)
        assert (reply.status_code, reply.json()["state"]) == (200, "approved")
        assert (again.status_code, again.json()["code"]) == (409, "orders.return-in-other-state")
        assert (answered.answer, answered.by) == ("approved", "seller")
        assert (await sellers_hub.envelopes())[-1].audience == CN

    async def test_knows_what_it_heard_before_the_request(self, sellers_hub: Running) -> None:
        await sellers_hub.hear(order_placed(), origin=CN)
        await sellers_hub.hear(tax_returned(self.CASE), origin=CN)
        await sellers_hub.hear(refund_paid(self.CASE, 6_437), origin=CN)
        await sellers_hub.hear(self.CLOSED, origin=CN)

        await sellers_hub.hear(self.REQUESTED, origin=CN)

        seen = await now(sellers_hub, self.CASE)
        assert (seen["state"], seen["tax_returned"]["amount_minor"]) == ("refunded", 637)
        assert await sellers_hub.quarantined() == []
        assert await sellers_hub.said(ReturnClosed) == []

    async def test_believes_no_third_hub(self, sellers_hub: Running) -> None:
        await sellers_hub.hear(order_placed(), origin=CN)

        await sellers_hub.hear(self.REQUESTED, origin=MY)

        assert (await sellers_hub.http.get("/v1/returns")).json()["items"] == []


class TestSellersAnswer:
    def answer(self, case: Case, word: str) -> ReturnAnswered:
        return ReturnAnswered.model_validate(
            {
                "return_id": case["id"],
                "order_id": case["order_id"],
                "order_no": case["order_no"],
                "answer": word,
                "by": "seller",
                "answered_at": NOON + timedelta(days=33),
            }
        )

    async def late(self, orders: Running) -> Case:
        order = await delivered(orders)
        orders.wait(timedelta(days=32))
        return await asked(orders, order)

    async def test_moves_the_return_at_the_buyers_hub(self, orders: Running) -> None:
        case = await self.late(orders)

        await orders.hear(self.answer(case, "approved"), origin=MY, times=2)

        after = await now(orders, case)
        assert (after["state"], after["answered_by"]) == ("approved", "seller")

    async def test_ends_it_when_it_is_no(self, orders: Running) -> None:
        case = await self.late(orders)

        await orders.hear(self.answer(case, "refused"), origin=MY, times=2)

        [closed] = await orders.said(ReturnClosed)
        assert (closed.outcome, closed.reason) == ("rejected", "refused-by-seller")

    async def test_comes_too_late_after_silence_or_the_rules(self, orders: Running) -> None:
        case = await asked(orders, await delivered(orders))

        await orders.hear(self.answer(case, "refused"), origin=MY)

        assert (await now(orders, case))["state"] == "approved"
