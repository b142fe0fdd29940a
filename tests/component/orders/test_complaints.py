"""Complaints and recalls over both hubs: one ladder, one timeline, and no buyer at the seller's."""

from datetime import timedelta
from typing import Any

from services.orders.usecases.move_complaint import expire_complaints
from services.orders.usecases.recall_goods import tell_recalls
from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import (
    ComplaintAnswered,
    ComplaintClosed,
    ComplaintMoved,
    ComplaintOpened,
    GoodwillGranted,
    RecallNotified,
    RecallOrdered,
)
from shared.kernel.ids import derived_id
from tests.builders.orders import (
    CN,
    MY,
    NOON,
    PERSONAL,
    SELLER,
    a_line_body,
    an_order,
    order_placed,
)
from tests.builders.running import Running
from tests.component.orders.test_returns import Case, delivered

CLAIM = {"amount_minor": 5_800, "currency": "CNY"}
PHOTO = {"sha256": "a" * 64, "media_type": "image/jpeg"}
RECEIPT = {"sha256": "b" * 64, "media_type": "application/pdf"}


async def complained(orders: Running, **changes: Any) -> Case:
    order = await delivered(orders)
    body = {
        "order_id": order["id"],
        "about": "late-return",
        "claimed": CLAIM,
        "text": f"{PERSONAL[1]} at {PERSONAL[3]} is not amused",
        "evidence": [PHOTO],
        **changes,
    }
    reply = await orders.post("/v1/complaints", body)
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def did(service: Running, case: Case, deed: str, body: Any = None, **options: Any) -> Case:
    reply = await service.post(f"/v1/complaints/{case['id']}/{deed}", body, **options)
    assert reply.status_code == 200, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def now(service: Running, case: Case, language: str = "en") -> Case:
    reply = await service.http.get(
        f"/v1/complaints/{case['id']}", headers={"Accept-Language": language}
    )
    return reply.json()  # type: ignore[no-any-return]


async def expire(orders: Running) -> None:
    async with orders.service.store.transaction() as tx:
        await expire_complaints(tx, intake=orders.service.app.state.intake)


def answered(case: Case, offered: int | None) -> ComplaintAnswered:
    return ComplaintAnswered(
        complaint_id=case["id"],
        order_id=case["order_id"],
        order_no=case["order_no"],
        answer="reject" if offered is None else "offer",
        offered=None if offered is None else MoneyWords(amount_minor=offered, currency="CNY"),
        evidence=("b" * 64,),
        answered_at=NOON + timedelta(days=1),
    )


class TestLadder:
    async def test_goes_from_the_seller_to_the_hub_and_pays_what_stands(
        self, orders: Running
    ) -> None:
        case = await complained(orders)
        await orders.hear(answered(case, None), origin=MY, times=2)
        await did(orders, case, "raise")
        decided = await did(orders, case, "decide", {"granted": CLAIM})
        assert (decided["state"], await orders.said(GoodwillGranted)) == ("decided", [])
        orders.wait(timedelta(days=7))

        await expire(orders)
        await expire(orders)

        after = await now(orders, case)
        [goodwill] = await orders.said(GoodwillGranted)
        [closed] = await orders.said(ComplaintClosed)
        assert (after["state"], after["outcome"]) == ("closed", "hub-decision-stands")
        assert (goodwill.amount.amount_minor, goodwill.grant_id) == (5_800, case["id"])
        assert closed.granted == goodwill.amount
        assert [step["what"] for step in after["steps"]] == [
            "opened",
            "evidence-added",
            "seller-rejected",
            "raised-to-hub",
            "hub-granted",
            "hub-decision-stands",
        ]

    async def test_ends_with_an_offer_that_the_buyer_takes(self, orders: Running) -> None:
        case = await complained(orders)
        await orders.hear(answered(case, 3_000), origin=MY)

        closed = await did(orders, case, "accept")

        [goodwill] = await orders.said(GoodwillGranted)
        assert (closed["outcome"], goodwill.amount.amount_minor) == ("offer-accepted", 3_000)

    async def test_lets_nobody_judge_an_appeal_against_itself(self, orders: Running) -> None:
        case = await complained(orders)
        await did(orders, case, "raise")
        await did(orders, case, "decide", {"granted": {"amount_minor": 0, "currency": "CNY"}})
        await did(orders, case, "raise")
        operator = orders.office.headers("hub:operate")
        ombudsman = orders.office.headers("orders:arbitrate")
        path = f"/v1/complaints/{case['id']}/decide"

        denied = await orders.post(path, {"granted": CLAIM}, headers=operator)
        final = await did(orders, case, "decide", {"granted": CLAIM}, headers=ombudsman)

        assert (denied.status_code, denied.json()["code"]) == (403, "orders.not-their-rung")
        assert (final["state"], final["outcome"]) == ("closed", "ombudsman-granted")

    async def test_moves_on_when_the_seller_is_silent(self, orders: Running) -> None:
        case = await complained(orders)
        orders.wait(timedelta(days=3) - timedelta(seconds=1))
        await expire(orders)
        assert (await now(orders, case))["state"] == "opened"
        orders.wait(timedelta(seconds=1))

        await expire(orders)
        await orders.hear(answered(case, 3_000), origin=MY)

        after = await now(orders, case)
        assert (after["state"], after["stage"]) == ("mediation", "hub")
        assert after["steps"][-1]["by"] == "silence"

    async def test_refuses_a_second_open_one_and_a_claim_beyond_what_was_paid(
        self, orders: Running
    ) -> None:
        case = await complained(orders)
        body = {"order_id": case["order_id"], "about": "damaged", "claimed": CLAIM}
        greedy = {**body, "claimed": {"amount_minor": 7_638, "currency": "CNY"}}

        second = await orders.post("/v1/complaints", body)
        await did(orders, case, "withdraw")
        beyond = await orders.post("/v1/complaints", greedy)
        other = await orders.post("/v1/complaints", body)

        assert second.json()["code"] == "orders.complaint-open-already"
        assert beyond.json()["code"] == "orders.claim-too-high"
        assert other.status_code == 201

    async def test_keeps_the_buyers_words_at_home(self, orders: Running) -> None:
        case = await complained(orders)
        await did(orders, case, "evidence", {"evidence": [RECEIPT]})

        said = b"".join(envelope.data for envelope in await orders.envelopes())
        complaint = said[said.index(b"complaint_id") :].decode()
        assert not any(personal in complaint for personal in PERSONAL)
        assert "a" * 64 in complaint
        assert "b" * 64 in complaint

    async def test_is_told_in_the_readers_language(self, orders: Running) -> None:
        case = await complained(orders)

        sentences = [
            (await now(orders, case, language))["steps"][0]["sentence"]
            for language in ("en", "ms", "zh-Hans")
        ]

        assert sentences == [
            "The buyer complained and claims CNY 58.00.",
            "Pembeli membuat aduan dan menuntut CNY 58.00.",
            "买家提出投诉，要求赔付CNY 58.00。",
        ]


class TestSellersHub:
    OPENED = ComplaintOpened(
        complaint_id=derived_id("cmp", CN, "1"),
        order_id=an_order().id,
        order_no=an_order().order_no,
        stage="seller",
        at=NOON,
        about="late-return",
        seller_id=SELLER,
        claimed=MoneyWords(amount_minor=5_800, currency="CNY"),
        due_at=NOON + timedelta(days=3),
        evidence=("a" * 64,),
    )

    def moved(self, what: str, stage: str) -> ComplaintMoved:
        return ComplaintMoved.model_validate(
            {
                **self.OPENED.model_dump(include={"complaint_id", "order_id", "order_no", "at"}),
                "stage": stage,
                "what": what,
                "due_at": NOON + timedelta(days=7),
            }
        )

    async def test_lets_the_seller_answer_and_follows_the_ladder(
        self, sellers_hub: Running
    ) -> None:
        case = {"id": self.OPENED.complaint_id}
        seller = sellers_hub.office.headers("orders:answer", "orders:read", member_id=SELLER)
        await sellers_hub.hear(order_placed(), origin=CN)
        await sellers_hub.hear(self.OPENED, origin=CN, times=2)
        offer = {"offered": {"amount_minor": 2_000, "currency": "CNY"}, "evidence": [RECEIPT]}

        await did(sellers_hub, case, "answer", offer, headers=seller)
        for what, stage in (("seller-offered", "seller"), ("raised-to-hub", "hub")):
            await sellers_hub.hear(self.moved(what, stage), origin=CN, times=2)

        [said] = await sellers_hub.said(ComplaintAnswered)
        seen = await now(sellers_hub, case)
        assert (said.answer, said.evidence) == ("offer", ("a" * 64, "b" * 64))
        assert (seen["state"], seen["stage"]) == ("mediation", "hub")
        assert [step["what"] for step in seen["steps"]] == [
            "opened",
            "evidence-added",
            "seller-offered",
            "raised-to-hub",
        ]
        path = f"/v1/orders/{self.OPENED.order_id}/timeline"
        kinds = [entry["kind"] for entry in (await sellers_hub.http.get(path)).json()["items"]]
        assert kinds[-4:] == [
            "complaint-opened",
            "complaint-answered",
            "complaint-moved",
            "complaint-moved",
        ]
        assert await sellers_hub.quarantined() == []

    async def test_closes_what_the_buyers_hub_closes(self, sellers_hub: Running) -> None:
        await sellers_hub.hear(order_placed(), origin=CN)
        await sellers_hub.hear(self.OPENED, origin=CN)
        closed = ComplaintClosed.model_validate(
            {
                **self.OPENED.model_dump(include={"complaint_id", "order_id", "order_no", "at"}),
                "stage": "hub",
                "outcome": "hub-decision-stands",
                "granted": CLAIM,
            }
        )

        await sellers_hub.hear(closed, origin=CN, times=2)

        seen = await now(sellers_hub, {"id": self.OPENED.complaint_id})
        assert (seen["state"], seen["granted"]["amount_minor"]) == ("closed", 5_800)

    async def test_leaves_deadlines_to_the_buyers_hub(self, sellers_hub: Running) -> None:
        await sellers_hub.hear(order_placed(), origin=CN)
        await sellers_hub.hear(self.OPENED, origin=CN)
        sellers_hub.wait(timedelta(days=30))

        await expire(sellers_hub)

        seen = await now(sellers_hub, {"id": self.OPENED.complaint_id})
        assert seen["state"] == "opened"


class TestRecall:
    BODY = {  # noqa: RUF012 (never changed)
        "sku": "KV-3IN1-15",
        "batch": "L2609",
        "ordered_from": (NOON - timedelta(days=1)).isoformat(),
        "ordered_until": (NOON + timedelta(days=1)).isoformat(),
        "hazard": "undeclared-milk",
        "remedy": "return",
    }

    def ordered(self, **changes: Any) -> RecallOrdered:
        return RecallOrdered.model_validate(
            {
                **self.BODY,
                "recall_id": derived_id("rcl", MY, "1"),
                "seller_id": SELLER,
                "seller_hub": MY,
                "recalled_at": NOON,
                **changes,
            }
        )

    async def tell(self, service: Running) -> None:
        async with service.service.store.transaction() as tx:
            await tell_recalls(tx)

    async def test_is_said_to_every_hub_and_counts_come_back(self, sellers_hub: Running) -> None:
        seller = sellers_hub.office.headers("orders:answer", "orders:read", member_id=SELLER)
        reply = await sellers_hub.post("/v1/recalls", self.BODY, headers=seller)
        recall_id = reply.json()["id"]
        notified = RecallNotified(
            recall_id=recall_id, seller_id=SELLER, orders_count=3, notified_at=NOON
        )

        await sellers_hub.hear(notified, origin=CN, times=2)

        [said] = await sellers_hub.said(RecallOrdered)
        seen = (await sellers_hub.http.get(f"/v1/recalls/{recall_id}", headers=seller)).json()
        assert (said.recall_id, said.seller_id) == (recall_id, SELLER)
        assert seen["told"] == [{"hub": CN, "orders_count": 3}]

    async def test_reaches_every_buyer_of_the_batch_and_names_none(self, orders: Running) -> None:
        hit = await delivered(orders)
        await delivered(orders, "placed", order_no="TASIK-2", lines=[_other_goods()])
        cancelled = await delivered(orders, "placed", order_no="TASIK-3")
        await orders.post(f"/v1/orders/{cancelled['id']}/cancel", {"reason": "other"})

        await orders.hear(self.ordered(), origin=MY, times=2)
        await self.tell(orders)
        await self.tell(orders)

        [notified] = await orders.said(RecallNotified)
        page = (await orders.http.get(f"/v1/orders/{hit['id']}/timeline")).json()["items"]
        assert notified.orders_count == 1
        assert (await orders.envelopes())[-1].audience == MY
        assert page[-1]["kind"] == "recall-noticed"
        assert page[-1]["detail"]["hazard"] == "undeclared-milk"

    async def test_leaves_out_what_was_ordered_at_another_time(self, orders: Running) -> None:
        await delivered(orders)
        later = {
            "ordered_from": NOON + timedelta(seconds=1),
            "ordered_until": NOON + timedelta(days=1),
        }

        await orders.hear(self.ordered(**later), origin=MY)
        await self.tell(orders)

        [notified] = await orders.said(RecallNotified)
        assert notified.orders_count == 0

    async def test_is_believed_of_the_sellers_own_hub_only(self, orders: Running) -> None:
        await orders.hear(self.ordered(seller_id=derived_id("mbr", CN, "x")), origin=MY)

        assert [reason for reason, _ in await orders.quarantined()] == ["orders.not-their-recall"]

    async def test_needs_a_period(self, sellers_hub: Running) -> None:
        body = {**self.BODY, "ordered_until": self.BODY["ordered_from"]}

        reply = await sellers_hub.post("/v1/recalls", body)

        assert (reply.status_code, reply.json()["code"]) == (422, "orders.recall-period-empty")


def _other_goods() -> dict[str, Any]:
    return a_line_body(sku="KV-PIL", description="natural latex pillow")
