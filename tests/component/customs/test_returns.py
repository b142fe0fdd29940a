"""Goods that go back: the tax and the buyer's year, decided by the country's days."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.customs.events import ReturnAccepted, ReturnRefused
from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import ReturnedLine, ReturnReceived, ReturnRequested
from shared.kernel.ids import derived_id
from tests.builders.customs_events import (
    BUYER_ID,
    DESTINATION,
    NOON,
    ORIGIN,
    SELLER,
    Parcel,
    coffee,
    export_released,
    yuan,
)
from tests.builders.running import Running
from tests.component.customs.steps import declaration_of, hear_all

A_012 = Parcel("A-012")


def names(parcel: Parcel, quantity: int, number: str) -> dict[str, Any]:
    return {
        "return_id": derived_id("ret", DESTINATION, f"{parcel.number}/{number}"),
        "order_id": parcel.order_id,
        "order_no": parcel.order_no,
        "logistics_no": parcel.logistics_no,
        "lines": (ReturnedLine(line_no=1, quantity=quantity),),
    }


def requested(
    parcel: Parcel = A_012, *, day: int = 5, quantity: int = 1, number: str = "1"
) -> ReturnRequested:
    return ReturnRequested(
        **names(parcel, quantity, number),
        seller_id=SELLER,
        seller_hub=ORIGIN,
        buyer_hub=DESTINATION,
        reason="not-liked",
        requested_at=NOON + timedelta(days=day),
    )


def received(
    parcel: Parcel = A_012,
    *,
    day: int = 10,
    quantity: int = 1,
    number: str = "1",
    **changes: Any,
) -> ReturnReceived:
    values = names(parcel, quantity, number) | {
        "condition": "original",
        "received_at": NOON + timedelta(days=day),
    }
    return ReturnReceived(**(values | changes))


async def used(customs: Running) -> int:
    """What the buyer used of this year; recording nothing elsewhere shows it."""
    body = {"id_number": BUYER_ID, "year": 2026, "used_minor": 0, "currency": "CNY"}
    return (await customs.post("/v1/allowances", body)).json()["used"]["amount_minor"]  # type: ignore[no-any-return]


class TestReturn:
    async def test_gives_back_tax_and_allowance(self, destination: Running) -> None:
        await hear_all(destination, A_012)
        before = await used(destination)
        await destination.hear(requested(day=30))
        await destination.hear(received(day=45))

        (accepted,) = await destination.said(ReturnAccepted)
        bill = (await declaration_of(destination, A_012))["tax_bill_no"]
        shown = (await destination.http.get(f"/v1/tax-bills/{bill}")).json()
        assert accepted.tax_returned == yuan("6.37")
        assert accepted.allowance_returned == yuan("70.00")
        assert (before, await used(destination)) == (7_000, 0)
        assert shown["voided"] == {"amount_minor": 637, "currency": "CNY"}
        assert shown["status"] == 3

    @pytest.mark.parametrize(
        ("applied", "arrived", "condition", "reason"),
        [
            (31, 40, "original", "applied-late"),
            (34, 40, "original", "applied-late"),
            (30, 46, "original", "arrived-late"),
            (5, 10, "damaged", "not-original"),
            (5, 10, "wrong-goods", "not-original"),
        ],
    )
    async def test_is_refused_by_the_rule(
        self, destination: Running, applied: int, arrived: int, condition: str, reason: str
    ) -> None:
        await hear_all(destination, A_012)
        await destination.hear(requested(day=applied))
        await destination.hear(received(day=arrived, condition=condition))

        (refused,) = await destination.said(ReturnRefused)
        assert (refused.reason, refused.rule) == (reason, "C13")
        assert await used(destination) == 7_000

    async def test_of_goods_never_released_is_refused(self, destination: Running) -> None:
        await destination.hear(requested())
        await destination.hear(received())

        (refused,) = await destination.said(ReturnRefused)
        assert refused.reason == "not-released"

    async def test_is_decided_once_whatever_comes_first_and_however_often(
        self, destination: Running
    ) -> None:
        for number, order in enumerate(itertools.permutations(range(2))):
            parcel = Parcel(f"R-{number}")
            await hear_all(destination, parcel)
            both = (requested(parcel), received(parcel))
            for turn in order:
                await destination.hear(both[turn], times=2)
                await destination.hear(both[turn])

        accepted = await destination.said(ReturnAccepted)
        assert [event.tax_returned for event in accepted] == [yuan("6.37")] * 2
        assert await used(destination) == 0

    async def test_in_parts_gives_back_exactly_the_whole(self, destination: Running) -> None:
        parcel = Parcel("B-001")
        boxes = coffee(quantity=3, total_price=yuan("174.00"), net_weight_g=1_710)
        money = {"goods": yuan("174.00"), "tax": yuan("16.93"), "paid": yuan("202.93")}
        proof = export_released([parcel])
        moved = proof.parcels[0].model_copy(
            update={"net_weight_g": 1_710, "gross_weight_g": 2_000, "fob": yuan("174.00")}
        )
        await hear_all(
            destination,
            parcel,
            order=parcel.placed(lines=(boxes,), **money),
            payment=parcel.captured(amount=yuan("202.93")),
            waybill=parcel.waybill(gross_weight_g=2_000),
            booking=parcel.booked(gross_weight_g=2_000),
            export=proof.model_copy(update={"parcels": (moved,)}),
        )
        for number in ("1", "2", "3"):
            await destination.hear(requested(parcel, number=number))
            await destination.hear(received(parcel, number=number))

        back = [event.tax_returned.amount_minor for event in await destination.said(ReturnAccepted)]
        assert sum(back) == 1_693
        assert max(back) - min(back) <= 1
        assert await used(destination) == 0

    async def test_of_more_than_came_in_is_set_aside(self, destination: Running) -> None:
        await hear_all(destination, A_012)
        await destination.hear(requested(quantity=2))
        await destination.hear(received(quantity=2))

        assert await destination.said(ReturnAccepted) == []
        ((reason, _),) = await destination.quarantined()
        assert reason == "customs.return-exceeds-import"


class TestGuarantee:
    async def test_covers_exactly_its_limit(self, destination: Running) -> None:
        guarantor = A_012.placed().marketplace_id
        body = {"limit_minor": 637, "currency": "CNY"}
        opened = await destination.post(f"/v1/guarantees/{guarantor}", body)
        await hear_all(destination, A_012)
        await hear_all(destination, Parcel("A-013"))

        first = await declaration_of(destination, A_012)
        second = await declaration_of(destination, Parcel("A-013"))
        assert opened.status_code == 201
        assert first["status"] == 800
        assert second["status"] == 100
        assert [f["code"] for f in second["findings"]] == ["guarantee-exhausted"]

    async def test_is_free_again_once_its_bills_are_summed_up(self, destination: Running) -> None:
        guarantor = A_012.placed().marketplace_id
        await hear_all(destination, A_012)
        drawn = (await destination.http.get(f"/v1/guarantees/{guarantor}")).json()
        summed = (await destination.post(f"/v1/guarantees/{guarantor}/summaries", {})).json()
        after = (await destination.http.get(f"/v1/guarantees/{guarantor}")).json()

        assert drawn["drawn"] == [{"amount_minor": 637, "currency": "CNY"}]
        assert summed["total"] == {"amount_minor": 637, "currency": "CNY"}
        assert after["drawn"] == []
        assert MoneyWords(**summed["total"]) == yuan("6.37")
