"""What goes wrong after an order: returns, lost parcels, complaints, chargebacks, deadlines."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from services.payments.usecases.keep_deadlines import CUSTOMS_SPEAKS_WITHIN
from shared.contracts.customs.events import ReturnAccepted, ReturnRefused
from shared.contracts.event import Event
from shared.contracts.logistics.events import ParcelLost
from shared.contracts.orders.events import (
    ComplaintClosed,
    ComplaintOpened,
    GoodwillGranted,
    ReturnedLine,
    ReturnReceived,
)
from shared.contracts.payments.events import PaymentRefunded, ProceedsReleased, TaxDue
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
    balance,
    captured,
    check,
    cny,
    declaration_released,
    myr,
    parcel_booked,
    parcel_delivered,
    tick,
)

RETURN = derived_id("ret", CN, "A-012")
PAYABLE = "tax_payable:CN-CUSTOMS:2026-09"
PROCEEDS = 6_710
"""What the order comes to for its seller: goods and freight less the commission."""
NAMED: dict[str, Any] = {"order_id": ORDER, "order_no": ORDER_NO}


async def hear(at: Running, *events: Event, times: int = 1) -> None:
    for event in events:
        await at.hear(event, key=ORDER, times=times)


async def released(at: Running) -> dict[str, Any]:
    payment = await captured(at)
    await at.hear(parcel_booked(), key=ORDER, origin=MY)
    await hear(at, declaration_released(), parcel_delivered())
    return payment


def return_received(goods: int = 5800) -> ReturnReceived:
    return ReturnReceived(
        return_id=RETURN,
        logistics_no=LOGISTICS_NO,
        lines=(ReturnedLine(line_no=1, quantity=1),),
        condition="original",
        received_at=NOON,
        goods_refund=cny(goods),
        **NAMED,
    )


def return_accepted(tax: int = 637) -> ReturnAccepted:
    return ReturnAccepted(
        return_id=RETURN,
        logistics_no=LOGISTICS_NO,
        tax_returned=cny(tax),
        allowance_returned=cny(7000),
        decided_at=NOON,
        **NAMED,
    )


def return_refused() -> ReturnRefused:
    return ReturnRefused(
        return_id=RETURN,
        logistics_no=LOGISTICS_NO,
        reason="applied-late",
        rule="C13",
        decided_at=NOON,
        **NAMED,
    )


def goodwill(amount: int, grant: str = "1") -> GoodwillGranted:
    return GoodwillGranted(
        grant_id=derived_id("grt", CN, grant),
        seller_id=SELLER,
        amount=cny(amount),
        reason="goodwill",
        granted_at=NOON,
        **NAMED,
    )


async def back_to_the_buyer(at: Running) -> list[int]:
    await tick(at)
    return [event.amount.amount_minor for event in await at.said(PaymentRefunded)]


class TestReturn:
    @pytest.mark.parametrize("order", list(itertools.permutations([0, 1])))
    async def test_pays_goods_and_tax_once_in_any_order(
        self, buyers: Running, order: tuple[int, ...]
    ) -> None:
        await released(buyers)
        words = (return_received(), return_accepted())

        for n in order:
            await hear(buyers, words[n], times=2)

        assert await back_to_the_buyer(buyers) == [6437]
        (told,) = await buyers.said(PaymentRefunded)
        assert told.return_id == RETURN
        assert await balance(buyers, PAYABLE) == 0
        assert await balance(buyers, "fees") == 0
        assert await balance(buyers, f"due_to_hub:{MY}") == 1200
        await check(buyers)

    async def test_refused_by_customs_gives_back_the_goods_only(self, buyers: Running) -> None:
        await released(buyers)

        await hear(buyers, return_received(), return_refused())

        assert await back_to_the_buyer(buyers) == [5800]
        assert await balance(buyers, PAYABLE) == 637

    async def test_on_which_customs_stays_silent_ends_without_the_tax(
        self, buyers: Running
    ) -> None:
        await released(buyers)
        await hear(buyers, return_received())
        assert await back_to_the_buyer(buyers) == []

        buyers.clock.move(CUSTOMS_SPEAKS_WITHIN)
        await tick(buyers)
        await hear(buyers, return_accepted())

        assert await back_to_the_buyer(buyers) == [5800]

    async def test_gives_back_no_more_tax_than_the_bill(self, buyers: Running) -> None:
        await released(buyers)

        await hear(buyers, return_received(), return_accepted(tax=99_999))

        assert await back_to_the_buyer(buyers) == [6437]

    async def test_makes_goodwill_a_refund_of_its_own(self, buyers: Running) -> None:
        await released(buyers)

        await hear(buyers, goodwill(5800), times=2)

        assert await back_to_the_buyer(buyers) == [5800]
        assert await balance(buyers, f"due_to_hub:{MY}") == 1200

    @pytest.mark.parametrize(
        ("granted", "paid", "refunds"),
        [
            (1_000, 6_710 - 5_800 + 290 - 1_000, [1_000, 6_437]),  # both fit
            (5_800, 6_710 - 7_637 + 637 + 290, [5_800, 1_837]),  # what is left
            (7_637, 6_710 - 7_637 + 290 + 637, [7_637]),  # nothing is: the tax is the seller's
        ],
    )
    async def test_never_gives_back_more_than_was_paid_with_goodwill_and_return_together(
        self, buyers: Running, granted: int, paid: int, refunds: list[int]
    ) -> None:
        await released(buyers)

        await hear(buyers, goodwill(granted), times=2)
        await hear(buyers, return_received(), return_accepted(), times=2)

        assert await back_to_the_buyer(buyers) == refunds
        assert await balance(buyers, PAYABLE) == 0
        assert await balance(buyers, "fees") == 0
        assert await balance(buyers, f"due_to_hub:{MY}") == paid
        assert await buyers.quarantined() == []
        await check(buyers)

    async def test_refuses_goodwill_once_the_buyer_has_everything(self, buyers: Running) -> None:
        await released(buyers)
        await hear(buyers, goodwill(7_637))

        await hear(buyers, goodwill(1, grant="2"))

        assert await back_to_the_buyer(buyers) == [7_637]
        ((code, _),) = await buyers.quarantined()
        assert code == "payments.payment-state"
        await check(buyers)


class TestTaxReturn:
    async def test_equals_the_ledger_and_is_paid_to_the_unit(self, buyers: Running) -> None:
        await released(buyers)
        assert [e.bill_no for e in await buyers.said(TaxDue)] == ["T-1"]

        path = "/v1/tax-returns/CN-CUSTOMS/2026-09"
        (before,) = (await buyers.http.get(path)).json()["returns"]
        paid = await buyers.post(f"{path}/remit", {"currency": "CNY"})
        await hear(buyers, return_received(), return_accepted())
        (after,) = (await buyers.http.get(path)).json()["returns"]

        assert (before["is_equal"], before["bills_total"]["amount_minor"]) == (True, 637)
        assert [bill["bill_no"] for bill in before["bills"]] == ["T-1"]
        assert paid.json()["remitted"]["amount_minor"] == 637
        assert (after["is_equal"], after["bills_total"]["amount_minor"]) == (True, 0)
        assert await balance(buyers, "tax_refund_receivable:CN-CUSTOMS:2026-09") == 637
        await check(buyers)


class TestLostParcel:
    async def test_is_refunded_whole_and_paid_by_its_insurer(self, buyers: Running) -> None:
        await captured(buyers)
        await buyers.hear(parcel_booked(), key=ORDER, origin=MY)
        await hear(buyers, declaration_released())
        lost = ParcelLost(logistics_no=LOGISTICS_NO, insured=cny(7000), lost_at=NOON, **NAMED)

        await hear(buyers, lost, times=2)

        assert await back_to_the_buyer(buyers) == [7637]
        (told,) = await buyers.said(ProceedsReleased)
        assert (told.amount.amount_minor, told.commission.amount_minor) == (7000, 0)
        assert await balance(buyers, PAYABLE) == 637
        await check(buyers)

    async def test_insured_in_other_money_is_refunded_by_its_order_alone(
        self, buyers: Running
    ) -> None:
        await captured(buyers)
        await buyers.hear(parcel_booked(), key=ORDER, origin=MY)
        lost = ParcelLost(logistics_no=LOGISTICS_NO, insured=myr(7000), lost_at=NOON, **NAMED)

        await hear(buyers, lost, times=2)

        assert await back_to_the_buyer(buyers) == [7637]
        assert await balance(buyers, f"insurance_receivable:{ORDER}") == 0
        assert await balance(buyers, f"escrow:{ORDER}") == 0
        await check(buyers)


class TestComplaint:
    async def test_keeps_the_money_until_it_is_closed(self, buyers: Running) -> None:
        await captured(buyers)
        words: dict[str, Any] = {
            "complaint_id": derived_id("cpl", CN, "1"),
            "stage": "seller",
            "at": NOON,
            **NAMED,
        }
        await hear(buyers, ComplaintOpened(**words), times=2)
        await buyers.hear(parcel_booked(), key=ORDER, origin=MY)
        await hear(buyers, declaration_released(), parcel_delivered())
        kept = await balance(buyers, f"escrow:{ORDER}")

        await hear(buyers, ComplaintClosed(**words), times=2)

        assert kept == 7000
        assert await balance(buyers, f"escrow:{ORDER}") == 0
        await check(buyers)


class TestChargeback:
    async def test_voids_a_refund_in_flight_and_counts_once(self, buyers: Running) -> None:
        payment = await captured(buyers)
        asked = await buyers.post(
            "/v1/refunds", {"payment_id": payment["id"], "reason": "buyer-asked"}
        )
        body = {
            "payment_id": payment["id"],
            "reason": "fraud",
            "amount": {"amount_minor": 7637, "currency": "CNY"},
        }
        dispute = await buyers.post("/v1/disputes", body)
        assert dispute.status_code == 201, dispute.text

        ruled = await buyers.post(f"/v1/disputes/{dispute.json()['id']}/rule", {"outcome": "lost"})
        await tick(buyers)
        refund = await buyers.http.get(f"/v1/refunds/{asked.json()['id']}")
        now = await buyers.http.get(f"/v1/payments/{payment['id']}")

        assert (ruled.status_code, ruled.json()["state"]) == (200, "lost")
        assert refund.json()["state"] == "voided"
        assert now.json()["state"] == "charged-back"
        assert await buyers.said(PaymentRefunded) == []
        assert await balance(buyers, "psp:simulated") == 0
        await check(buyers)

    async def test_is_lost_when_nobody_answers_in_time(self, buyers: Running) -> None:
        payment = await captured(buyers)
        body = {"payment_id": payment["id"], "reason": "fraud"}
        dispute = (await buyers.post("/v1/disputes", body)).json()

        buyers.clock.move(timedelta(days=29))
        await tick(buyers)
        early = await self.state(buyers, dispute["id"])
        buyers.clock.move(timedelta(days=1))
        await tick(buyers)
        late = await self.state(buyers, dispute["id"])

        assert (early, late) == ("open", "lost")

    async def state(self, at: Running, dispute_id: str) -> str:
        """Read without HTTP: the caller's token is long over."""
        async with at.service.store.reading() as tx:
            dispute = await tx.disputes.find(dispute_id)
        return str(dispute.state)


class TestDeadline:
    async def test_refunds_what_nobody_ships(self, buyers: Running) -> None:
        await captured(buyers)

        buyers.clock.move(timedelta(days=29))
        assert await back_to_the_buyer(buyers) == []
        buyers.clock.move(timedelta(days=1))
        await tick(buyers)

        assert await back_to_the_buyer(buyers) == [7637]
        assert [e.reason for e in await buyers.said(PaymentRefunded)] == ["not-shipped"]

    async def test_refunds_what_nobody_delivers(self, buyers: Running) -> None:
        await captured(buyers)
        await buyers.hear(parcel_booked(), key=ORDER, origin=MY)

        buyers.clock.move(timedelta(days=89))
        assert await back_to_the_buyer(buyers) == []
        buyers.clock.move(timedelta(days=1))
        await tick(buyers)

        assert await back_to_the_buyer(buyers) == [7637]
        assert [e.reason for e in await buyers.said(PaymentRefunded)] == ["not-delivered"]


class TestShort:
    @pytest.mark.parametrize("turn", list(itertools.permutations(range(3))))
    async def test_gives_back_the_tax_of_what_did_not_arrive_once_in_any_order(
        self, buyers: Running, turn: tuple[int, ...]
    ) -> None:
        short = declaration_released(tax=cny(319), tax_relieved=cny(318))
        await buyers.hear(parcel_booked(), key=ORDER, origin=MY)
        for n in turn:
            if n:
                await hear(buyers, (short, parcel_delivered())[n - 1], times=2)
            else:
                await captured(buyers)
        await tick(buyers)

        assert await back_to_the_buyer(buyers) == [318]
        (told,) = await buyers.said(PaymentRefunded)
        assert told.reason == "short-on-arrival"
        assert await balance(buyers, PAYABLE) == 319
        assert await balance(buyers, f"escrow:{ORDER}") == 0
        assert await balance(buyers, f"due_to_hub:{MY}") == PROCEEDS
        await check(buyers)

    async def test_and_returned_besides_gives_back_no_more_than_was_paid(
        self, buyers: Running
    ) -> None:
        await captured(buyers)
        await buyers.hear(parcel_booked(), key=ORDER, origin=MY)
        await hear(buyers, declaration_released(tax=cny(319), tax_relieved=cny(318)))
        await hear(buyers, parcel_delivered(), return_received(), return_accepted(319))

        assert sorted(await back_to_the_buyer(buyers)) == [318, 6119]
        assert await balance(buyers, PAYABLE) == 0
        await check(buyers)
