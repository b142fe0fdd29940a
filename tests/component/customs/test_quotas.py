"""Tariff-rate quotas: drawn by what is accepted, given back with it, never overdrawn."""

import asyncio
from datetime import date
from typing import Any

import pytest

from services.customs.domain.quota import QuotaOverdrawn
from shared.contracts.customs.events import QuotaBalanceChanged, QuotaCritical, QuotaExhausted
from tests.builders.customs_events import Parcel, coffee, export_released, yuan
from tests.builders.running import Running
from tests.component.customs.steps import declaration_of, hear_all, steps
from tests.component.customs.test_forms import GOODS, K1, amend, file, filed, move

CUPS = {**GOODS, "classification_id": "6911100000", "goods_description": "porcelain cups"}
MATTRESSES, LOOKED_AT = Parcel("A-001"), Parcel("A-RED")
PRICE = {"tax": "188.74", "paid": "1200.74"}


def cups(pieces: int) -> dict[str, str]:
    return {**CUPS, "item_quantity": str(pieces)}


def mattresses(parcel: Parcel, *, tax: str, paid: str) -> dict[str, Any]:
    """The documents that differ for ten mattresses by general trade; the quota has ten."""
    line = coffee(
        hs_code="9404290000",
        quantity=10,
        unit_price=yuan("100.00"),
        total_price=yuan("1000.00"),
    )
    order = parcel.placed(
        channel="0110", lines=(line,), goods=yuan("1000.00"), tax=yuan(tax), paid=yuan(paid)
    )
    exported = export_released([parcel])
    worth = exported.parcels[0].model_copy(update={"fob": yuan("1000.00")})
    return {
        "order": order,
        "payment": parcel.captured(amount=yuan(paid)),
        "export": exported.model_copy(update={"parcels": (worth,)}),
    }


async def left_of(customs: Running, number: str) -> tuple[int, str]:
    items = (await customs.http.get("/v1/quotas")).json()["items"]
    return next((one["left"], one["state"]) for one in items if one["order_number"] == number)


async def balances(customs: Running) -> list[tuple[int, int]]:
    said = await customs.said(QuotaBalanceChanged)
    return [(event.version, event.left) for event in said]


class TestForms:
    async def test_enter_within_a_quota_while_all_of_their_goods_fit(self, origin: Running) -> None:
        first = await filed(origin, "K1", K1, cups(400), reference="R-1")
        second = await filed(origin, "K1", K1, cups(101), reference="R-2")
        third = await filed(origin, "K1", K1, cups(100), reference="R-3")

        duties = [form["boxes"]["duty_amount"] for form in (first, second, third)]
        assert duties == ["110.00 MYR", "330.00 MYR", "110.00 MYR"]
        assert await left_of(origin, "MY-F01") == (0, "exhausted")
        assert await balances(origin) == [(1, 100), (2, 0)]
        assert [event.left for event in await origin.said(QuotaCritical)] == [100]
        assert [event.left for event in await origin.said(QuotaExhausted)] == [0]

    async def test_give_back_what_they_took_when_cancelled(self, origin: Running) -> None:
        form = await filed(origin, "K1", K1, cups(500))
        await move(origin, form["number"], "cancel")
        after_one = await left_of(origin, "MY-F01")
        await filed(origin, "K1", K1, cups(300))

        assert after_one == (500, "open")
        assert await left_of(origin, "MY-F01") == (200, "open")
        assert await balances(origin) == [(1, 0), (2, 500), (3, 200)]

    async def test_take_once_what_an_amended_edition_says(self, origin: Running) -> None:
        form = await filed(origin, "K1", K1, cups(500), reference="R-YELLOW")
        await amend(origin, form["number"], lines=[cups(450)])

        assert form["state"] == "documentary-check"
        assert await left_of(origin, "MY-F01") == (50, "critical")

    async def test_never_overdraw_when_filed_at_once(self, origin: Running) -> None:
        await filed(origin, "K1", K1, cups(50), reference="R-0")
        filings = [file(origin, "K1", K1, cups(200), reference=f"R-{n}") for n in range(1, 6)]
        replies = await asyncio.gather(*filings)
        accepted = [reply.json() for reply in replies if reply.status_code == 201]

        within = [form for form in accepted if form["boxes"]["duty_amount"] == "110.00 MYR"]
        left, _ = await left_of(origin, "MY-F01")
        assert left == 450 - 200 * len(within) >= 0


class TestBalance:
    async def test_is_never_overdrawn_by_whoever_read_it_too_early(self, origin: Running) -> None:
        async with origin.service.store.transaction() as tx:
            quota = next(
                quota
                for quota in tx.rulebook.quotas("MY", on=date(2026, 9, 1))
                if quota.order_number == "MY-F01"
            )
            first = await tx.quotas.draw(await tx.quotas.balance(quota), "K1-1", 300, at=tx.now)
            await tx.quotas.draw(first, "K1-2", 200, at=tx.now)
            with pytest.raises(QuotaOverdrawn):
                await tx.quotas.draw(first, "K1-3", 1, at=tx.now)

        assert await left_of(origin, "MY-F01") == (0, "exhausted")


class TestParcels:
    async def test_draw_on_a_quota_that_later_quotes_find_used(self, destination: Running) -> None:
        await hear_all(destination, MATTRESSES, **mattresses(MATTRESSES, **PRICE))
        accepted = steps(await declaration_of(destination, MATTRESSES))
        drawn = await left_of(destination, "CN-F01")
        quote = {
            "destination": "CN",
            "channel": "0110",
            "currency": "CNY",
            "lines": [
                {
                    "hs_code": "9404290000",
                    "origin": "MY",
                    "quantity": 1,
                    "unit_price_minor": 10_000,
                }
            ],
        }
        full = (await destination.http.post("/v1/landed-costs", json=quote)).json()

        assert accepted == [2, 3, 120, 800]
        assert drawn == (0, "exhausted")
        assert (full["quotas"][0]["outcome"], full["quotas"][0]["left"]) == ("too-little-left", 0)
        assert full["charges"][0]["amount"] == {"amount_minor": 1_000, "currency": "CNY"}

    async def test_withdrawn_after_acceptance_give_it_back(self, destination: Running) -> None:
        await hear_all(destination, LOOKED_AT, **mattresses(LOOKED_AT, **PRICE))
        drawn = await left_of(destination, "CN-F01")
        path = f"/v1/declarations/{LOOKED_AT.declaration_id}/cancellations"
        cancelled = await destination.post(path, {})

        assert drawn == (0, "exhausted")
        assert cancelled.json()["status"] == 700, cancelled.text
        assert await left_of(destination, "CN-F01") == (10, "open")


class TestQuotes:
    async def test_say_which_quota_and_which_balance_they_rest_on(
        self, destination: Running, origin: Running
    ) -> None:
        lines = [
            {"hs_code": "9404290000", "origin": "MY", "quantity": 2, "unit_price_minor": 10_000}
        ]
        quote = {"destination": "CN", "channel": "0110", "currency": "CNY", "lines": lines}

        here = (await destination.http.post("/v1/landed-costs", json=quote)).json()
        there = (await origin.http.post("/v1/landed-costs", json=quote)).json()

        (known,), (unknown,) = here["quotas"], there["quotas"]
        assert (known["order_number"], known["outcome"]) == ("CN-F01", "applied")
        assert (known["left"], known["quantity"]) == (10, 2)
        assert known["as_of"].startswith("2026-09-01")
        assert (unknown["outcome"], unknown["left"]) == ("balance-kept-elsewhere", None)
        assert [one["charges"][0]["amount"]["amount_minor"] for one in (here, there)] == [
            1_000,
            2_000,
        ]
