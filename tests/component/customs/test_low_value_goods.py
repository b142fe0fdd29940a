"""The tax on low-value goods by quarter: per seller, amended, nil, late, and as payments has it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.payments.service import create_service as create_payments
from services.payments.settings import PaymentsSettings
from shared.contracts.customs.events import DeclarationReleased, LowValueReturnFiled, ReturnAccepted
from shared.contracts.event import Event
from shared.kernel.ids import derived_id
from tests.builders.customs_reverse import (
    CHINA,
    IDENTITY,
    MALAYSIA,
    NOON,
    STANDS_SELLER,
    ReverseParcel,
)
from tests.builders.running import Running, running

OTHER_SELLER = derived_id("mbr", CHINA, "another seller")
LAST_MINUTE = datetime(2026, 9, 30, 15, 59, tzinfo=UTC) - NOON
"""Until 23:59 of the quarter's last day in Malaysia."""

STAND = ReverseParcel(number="78.08", price=7_808, freight=1_200, tax=781)
TWO = ReverseParcel(number="two", price=7_808, quantity=2, freight=1_200, tax=1_562)
DEAR_CARRIAGE = ReverseParcel(number="498.00", price=49_800, freight=1_440, tax=4_980 + 10_248)
AT_LIMIT = ReverseParcel(number="500.00", price=50_000, tax=5_000)
BY_SEA = ReverseParcel(number="sea", price=50_000, tax=5_000 + 10_000, channel="land-sea")
OVER = ReverseParcel(number="500.01", price=50_001, tax=10_000 + 6_000)


async def import_(customs: Running, *parcels: ReverseParcel) -> None:
    """Bring parcels through customs, every document twice."""
    for parcel in parcels:
        for event, peer in parcel.documents():
            await customs.hear(event, key=event.wire_name, origin=peer, times=2)
        reply = await customs.http.get(f"/v1/declarations/{parcel.declaration_id}")
        assert reply.json()["status"] == 800, reply.json()["findings"]


async def read(customs: Running, period: str = "2026-Q3", seller: str = STANDS_SELLER) -> Any:
    return (await customs.http.get(_path(period, seller))).json()


async def file(
    customs: Running, period: str = "2026-Q3", seller: str = STANDS_SELLER
) -> httpx.Response:
    return await customs.post(_path(period, seller), {})


async def register(customs: Running, registered_on: str = "2024-01-01") -> httpx.Response:
    body = {"number": "LRN-1", "registered_on": registered_on}
    return await customs.http.put(f"/v1/low-value-goods/sellers/{STANDS_SELLER}", json=body)


def _path(period: str, seller: str) -> str:
    return f"/v1/low-value-goods/sellers/{seller}/returns/{period}"


def figures(view: dict[str, Any]) -> tuple[int, int, int, int]:
    told = view["figures"]
    amounts = (
        told[name]["amount_minor"] for name in ("sales", "low_value_tax", "other_import_tax")
    )
    sales, tax, other = amounts
    return told["parcels"], sales, tax, other


class TestReturn:
    @pytest.mark.parametrize(
        ("parcel", "expected"),
        [
            (STAND, (1, 7_808, 781, 0)),
            (TWO, (1, 15_616, 1_562, 0)),
            (DEAR_CARRIAGE, (1, 49_800, 4_980, 10_248)),
            (AT_LIMIT, (1, 50_000, 5_000, 0)),
            (BY_SEA, (1, 50_000, 5_000, 10_000)),
            (OVER, (1, 0, 0, 16_000)),
        ],
    )
    async def test_tells_the_tax_on_low_value_goods_from_every_other(
        self, origin: Running, parcel: ReverseParcel, expected: tuple[int, int, int, int]
    ) -> None:
        await import_(origin, parcel)

        assert figures(await read(origin)) == expected

    async def test_is_filed_per_seller_after_the_quarter_and_amended_by_what_goes_back(
        self, origin: Running
    ) -> None:
        await register(origin)
        await import_(origin, STAND, TWO)
        early = await file(origin)
        origin.wait(timedelta(days=30))
        due = await read(origin)
        filed = (await file(origin)).json()
        again = await file(origin)
        await origin.hear(TWO.return_requested(), times=2)
        await origin.hear(TWO.return_received(), times=2)
        changed = await read(origin)
        amended = (await file(origin)).json()
        none = await read(origin, seller=OTHER_SELLER)
        said = await origin.said(LowValueReturnFiled)
        assert [(one.edition, one.late, one.tax.amount_minor) for one in said] == [
            (1, False, 2_343),
            (2, False, 1_562),
        ]

        assert early.json()["code"] == "customs.lvg-period-open"
        assert (due["state"], due["due_on"], due["number"]) == ("due", "2026-10-31", "LRN-1")
        assert (filed["state"], figures(filed)) == ("filed", (2, 23_424, 2_343, 0))
        assert again.json()["code"] == "customs.lvg-return-unchanged"
        assert (changed["state"], figures(changed)) == ("changed", (2, 15_616, 1_562, 0))
        assert (amended["state"], amended["is_late"]) == ("filed", False)
        assert [
            edition["figures"]["low_value_tax"]["amount_minor"] for edition in amended["editions"]
        ] == [
            2_343,
            1_562,
        ]
        assert figures(none) == (0, 0, 0, 0)

    async def test_counts_the_last_minute_in_malaysia_and_not_the_next(
        self, origin: Running
    ) -> None:
        origin.wait(LAST_MINUTE)
        await import_(origin, STAND)
        origin.wait(timedelta(minutes=1))
        await import_(origin, TWO)

        assert figures(await read(origin))[2] == 781
        assert figures(await read(origin, "2026-Q4"))[2] == 1_562

    async def test_may_be_nil_and_late_and_needs_a_registration(self, origin: Running) -> None:
        origin.wait(timedelta(days=61))
        stranger = await file(origin)
        await register(origin, "2026-10-01")
        too_young = await file(origin)
        await register(origin, "2026-09-30")
        nil = (await file(origin)).json()

        assert stranger.json()["code"] == too_young.json()["code"] == "customs.lvg-not-registered"
        assert (nil["state"], nil["is_nil"], nil["is_late"]) == ("filed", True, True)

    async def test_is_the_sellers_own(self, origin: Running) -> None:
        headers = origin.office.headers("customs:read")

        reply = await origin.http.get(_path("2026-Q3", STANDS_SELLER), headers=headers)
        total = await origin.http.get("/v1/low-value-goods/periods/2026-Q3", headers=headers)

        assert reply.json()["code"] == "customs.lvg-seller-not-found"
        assert total.status_code == 403

    async def test_is_none_in_china(self, destination: Running) -> None:
        reply = await destination.http.get("/v1/low-value-goods/periods/2026-Q3")

        assert reply.json()["code"] == "customs.lvg-elsewhere"


class TestSeller:
    async def test_must_register_over_half_a_million_in_twelve_months(
        self, origin: Running
    ) -> None:
        at = ReverseParcel(
            number="half",
            price=50_000,
            quantity=1_000,
            tax=5_000_000 + 10_000_000,
            channel="land-sea",
        )
        await import_(origin, at)
        path = f"/v1/low-value-goods/sellers/{STANDS_SELLER}"
        exactly = (await origin.http.get(path)).json()
        await import_(origin, STAND)
        over = (await origin.http.get(path)).json()
        origin.wait(timedelta(days=366))
        later = (await origin.http.get(path)).json()

        assert (exactly["must_register"], exactly["number"]) == (False, None)
        assert over["must_register"] is True
        assert over["sales"]["amount_minor"] == 50_007_808
        assert (later["must_register"], later["sales"]["amount_minor"]) == (False, 0)


class TestPayments:
    async def test_collects_to_the_sen_what_customs_says_of_each_quarter(
        self, origin: Running, tmp_path: Path
    ) -> None:
        parcels = [STAND, TWO, DEAR_CARRIAGE, AT_LIMIT, BY_SEA, OVER]
        url = f"sqlite+aiosqlite:///{tmp_path}/payments.db"
        async with running(
            create_payments,
            PaymentsSettings,
            database_url=url,
            directory=tmp_path / "payments",
            hub=MALAYSIA,
            peers=[CHINA],
        ) as payments:
            for parcel in parcels:
                await pay(payments, parcel)
            origin.wait(LAST_MINUTE)
            await import_(origin, *parcels[:4])
            origin.wait(timedelta(minutes=1))
            await import_(origin, *parcels[4:])
            await origin.hear(TWO.return_requested())
            await origin.hear(TWO.return_received())
            said: list[Event] = [
                *await origin.said(ReturnAccepted),
                *await origin.said(DeclarationReleased),
            ]
            for event in said:
                await payments.hear(event, times=2)
            await payments.hear(TWO.return_received())

            for period, collected in (("2026-Q3", 21_790), ("2026-Q4", 31_000)):
                path = f"/v1/low-value-goods/periods/{period}"
                told = (await origin.http.get(path)).json()
                reply = await payments.http.get(f"/v1/tax-returns/MY-LVG/{period}")
                (held,) = reply.json()["returns"]
                assert told["collected"]["amount_minor"] == collected
                assert held["bills_total"] == held["ledger_total"] == told["collected"]


async def pay(payments: Running, parcel: ReverseParcel) -> None:
    """The order is known to payments and paid in full."""
    await payments.hear(parcel.placed(), key=parcel.order_id)
    body = {
        "order_id": parcel.order_id,
        "amount": {"amount_minor": parcel.paid, "currency": "MYR"},
        "pay_transaction_id": f"P-{parcel.number}",
        "payer_id_number": IDENTITY,
        "payer_name": "Aminah",
    }
    reply = await payments.post("/v1/payments", body)
    assert reply.status_code == 201, reply.text
    captured = await payments.post(f"/v1/payments/{reply.json()['id']}/capture", {})
    assert captured.status_code == 200, captured.text
