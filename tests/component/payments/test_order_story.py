"""An order's story is whole: whatever happens to the order, in whatever order it happens."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payments.domain.advance import Pledge
from services.payments.domain.outcome import Cause, Instruction
from shared.contracts.event import Event
from shared.contracts.logistics.events import ParcelLost
from shared.contracts.orders.events import GoodwillGranted
from shared.contracts.payments.events import PaymentCaptured
from shared.kernel.ids import derived_id
from tests.builders.running import Running
from tests.component.payments.story import (
    CN,
    LOGISTICS_NO,
    MY,
    NOON,
    ORDER,
    ORDER_NO,
    SELLER,
    captured,
    check,
    cny,
    declaration_released,
    order_cancelled,
    order_placed,
    parcel_booked,
    parcel_delivered,
    proceeds_reclaimed,
    proceeds_released,
    tick,
)
from tests.unit.payments.test_finance import an_advance, disburse

DEBIT_NORMAL = ("asset", "expense")
SEEDS = range(8)
STEPS = 9


def goodwill(n: int) -> GoodwillGranted:
    return GoodwillGranted(
        grant_id=derived_id("grt", CN, str(n)),
        order_id=ORDER,
        order_no=ORDER_NO,
        seller_id=SELLER,
        seller_hub=MY,
        amount=cny(100 + n),
        reason="goodwill",
        granted_at=NOON,
    )


async def story_of(at: Running) -> dict[str, Any]:
    reply = await at.http.get(f"/v1/orders/{ORDER}/money")
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def sums_of(postings: list[dict[str, Any]]) -> tuple[Counter[Any], Counter[Any]]:
    """Return what postings add to debits and credits of each account."""
    debit: Counter[Any] = Counter()
    credit: Counter[Any] = Counter()
    for posting in postings:
        if posting["kind"] in ("post", "capture"):
            amount = posting["amount"]
            debit[posting["debit"], amount["currency"]] += amount["amount_minor"]
            credit[posting["credit"], amount["currency"]] += amount["amount_minor"]
    return debit, credit


async def whole(at: Running) -> dict[str, Any]:
    """The story, which must account for everything that the order's accounts hold."""
    story = await story_of(at)
    debit, credit = sums_of(story["postings"])
    assert story["is_complete"]
    for account in story["accounts"]:
        key = account["code"], account["currency"]
        assert (debit[key], credit[key]) == (account["debits"], account["credits"]), key
        sign = 1 if account["kind"] in DEBIT_NORMAL else -1
        assert sign * (debit[key] - credit[key]) == account["balance"], key
    explained = {command["id"] for command in story["commands"]}
    assert {posting["command_id"] for posting in story["postings"]} <= explained
    assert all(command["cause"] and command["cause_id"] for command in story["commands"])
    return story


class Buyers:
    """Things that may happen to an order at its buyers' hub, each as often as it likes."""

    def __init__(self, at: Running, payment_id: str, draw: random.Random) -> None:
        self.at = at
        self.payment_id = payment_id
        self.draw = draw
        self.disputes: list[str] = []

    async def step(self) -> None:
        deeds = (self.refund, self.dispute, self.rule, self.goodwill, self.lose, self.time)
        if self.draw.random() < 0.5:
            await self.hear(self.draw.choice(self.words()))
        else:
            await self.draw.choice(deeds)()

    def words(self) -> list[Event]:
        other = LOGISTICS_NO[:-1] + "2"
        return [
            parcel_booked(),
            parcel_booked(other),
            parcel_delivered(),
            declaration_released(),
            declaration_released(other, tax_bill_no="T-2", tax=cny(300)),
            order_cancelled(),
        ]

    async def hear(self, event: Event) -> None:
        await self.at.hear(event, key=ORDER, times=self.draw.choice((1, 2)))

    async def refund(self) -> None:
        amount = {"amount_minor": self.draw.randrange(1, 3_000), "currency": "CNY"}
        body = {"payment_id": self.payment_id, "amount": amount, "reason": "partial"}
        await self.at.post("/v1/refunds", body)

    async def dispute(self) -> None:
        body = {"payment_id": self.payment_id, "reason": "fraud"}
        reply = await self.at.post("/v1/disputes", body)
        if reply.status_code == 201:
            self.disputes.append(reply.json()["id"])

    async def rule(self) -> None:
        for dispute in self.disputes:
            outcome = self.draw.choice(("won", "lost", "withdrawn"))
            await self.at.post(f"/v1/disputes/{dispute}/rule", {"outcome": outcome})

    async def goodwill(self) -> None:
        await self.hear(goodwill(self.draw.randrange(3)))

    async def lose(self) -> None:
        lost = ParcelLost(
            parcel_id=derived_id("pcl", MY, LOGISTICS_NO),
            logistics_no=LOGISTICS_NO,
            order_id=ORDER,
            order_no=ORDER_NO,
            seller_id=SELLER,
            reason="late",
            lost_at=NOON,
            insured=cny(5_000),
        )
        await self.hear(lost)

    async def time(self) -> None:
        self.at.wait(timedelta(hours=self.draw.choice((1, 30, 24 * 20))))
        await tick(self.at)


class TestStory:
    @pytest.mark.parametrize("seed", SEEDS)
    async def test_sums_to_the_orders_accounts_whatever_happens(
        self, buyers: Running, seed: int
    ) -> None:
        happens = Buyers(buyers, (await captured(buyers))["id"], random.Random(seed))
        for _ in range(STEPS):
            await happens.step()

        await whole(buyers)
        await check(buyers)

    async def test_tells_refunds_disputes_and_tax_beside_the_postings(
        self, buyers: Running
    ) -> None:
        payment = await captured(buyers)
        await buyers.hear(declaration_released(), key=ORDER)
        refund = {"amount_minor": 1_000, "currency": "CNY"}
        body = {"payment_id": payment["id"], "amount": refund, "reason": "partial"}
        await buyers.post("/v1/refunds", body)
        await buyers.post("/v1/disputes", {"payment_id": payment["id"], "reason": "fraud"})
        await tick(buyers)

        story = await whole(buyers)

        assert [(r["amount"], r["state"]) for r in story["refunds"]] == [(refund, "confirmed")]
        assert [d["state"] for d in story["disputes"]] == ["open"]
        assert [bill["bill_no"] for bill in story["tax_bills"]] == ["T-1"]
        codes = [account["code"] for account in story["accounts"]]
        assert {f"escrow:{ORDER}", f"refundable:{payment['id']}"} <= set(codes)

    async def test_tells_what_hubs_owe_each_other_and_the_window_that_settles_it(
        self, buyers: Running
    ) -> None:
        await captured(buyers)
        await buyers.hear(parcel_delivered(), key=ORDER)
        await buyers.hear(declaration_released(), key=ORDER)

        (owed,) = (await whole(buyers))["obligations"]

        assert (owed["no"], owed["debtor"], owed["creditor"]) == (1, CN, MY)
        assert (owed["amount"]["amount_minor"], owed["state"]) == (6_710, "open")

    async def test_at_the_sellers_hub_tells_the_advance_and_its_repayment(
        self, sellers: Running
    ) -> None:
        await sellers.hear(order_placed(), key=ORDER, origin=CN)
        paid = PaymentCaptured(
            payment_id=derived_id("pay", CN, "1"),
            pay_transaction_id="P1",
            order_id=ORDER,
            order_no=ORDER_NO,
            amount=cny(7_637),
            captured_at=NOON,
        )
        await sellers.hear(paid, key=ORDER, origin=CN)
        advance = an_advance(ORDER, pledges=(Pledge(ORDER, 4_000),))
        async with sellers.service.store.transaction() as tx:
            await tx.finance.add(replace(advance, offered_at=tx.now))
        told = Instruction(disburse(advance), Cause("test", "test"))
        (await sellers.service.app.state.desk.post(told)).answered()
        await sellers.hear(proceeds_released(), origin=CN)
        await sellers.hear(proceeds_reclaimed(amount=cny(700)), origin=CN)

        story = await whole(sellers)

        purposes = Counter(posting["purpose"] for posting in story["postings"])
        assert purposes["proceeds"] == 1
        assert purposes["proceeds-reclaimed"] == 1
        assert purposes["finance-cap"] == 3
        assert [told["id"] for told in story["advances"]] == [advance.id]
        causes = {command["cause"] for command in story["commands"]}
        assert causes >= {"payments.payment-captured.v1", "payments.proceeds-released.v1"}
