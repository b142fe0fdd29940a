"""The reverse leg: thirty stands leave Hangzhou, their rebate is assembled, one comes back."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.customs.service import create_service
from services.customs.settings import CustomsSettings
from services.customs.store.exports import ExportDeclarationNotFound
from shared.contracts.customs.events import RebateClawedBack, RebateEvidenced
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import ConsolidationSealed
from shared.contracts.payments.events import ProceedsReceived
from tests.builders.customs_events import (
    DESTINATION,
    NOON,
    ORIGIN,
    SELLER,
    Parcel,
    coffee,
    departed,
    sealed,
    yuan,
)
from tests.builders.running import Running, running
from tests.builders.tokens import all_scopes
from tests.component.customs.test_forms import GOODS, K1, MEMBER, filed, move, problem
from tests.component.customs.test_permits import K2, K2_LINE

STANDS = 30
"""Each bought for 80.00 CNY without VAT; the rebate is 10.40 each, 312.00 in all."""


def ringgit(minor: int) -> MoneyWords:
    return MoneyWords(amount_minor=minor, currency="MYR")


def stand(**changes: Any) -> Any:
    return coffee(
        sku="STAND",
        hs_code="3926909900",
        origin="CN",
        unit_price=ringgit(7_808),
        total_price=ringgit(7_808),
        **changes,
    )


def order_of(parcel: Parcel) -> Any:
    """An order of a Malaysian buyer, as Hangzhou hears it."""
    return parcel.placed_abroad(
        channel="air-courier",
        seller_hub=DESTINATION,
        buyer_hub=ORIGIN,
        lines=(stand(),),
        goods=ringgit(7_808),
        freight=ringgit(1_200),
        tax=ringgit(781),
        discount=ringgit(0),
        paid=ringgit(9_789),
    )


def proceeds(parcel: Parcel) -> ProceedsReceived:
    return ProceedsReceived(
        order_id=parcel.order_id,
        order_no=parcel.order_no,
        seller_id=SELLER,
        amount=yuan("128.00"),
        received_at=NOON + timedelta(days=9),
    )


async def file_invoice(hangzhou: Running, parcel: Parcel, number: str = "FP-1") -> Any:
    path = f"/v1/rebate-cases/{parcel.order_id}/invoices"
    body = {
        "invoice_no": number,
        "currency": "CNY",
        "lines": [{"line_no": 1, "net_minor": 8_000}],
    }
    return await hangzhou.post(path, body)


@pytest.fixture
async def hangzhou(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """Customs of cn-hgh, this time where the seller is."""
    async with running(
        create_service,
        CustomsSettings,
        database_url=database_url,
        directory=tmp_path,
        hub=DESTINATION,
        peers=[ORIGIN],
    ) as service:
        yield service


async def exported(hangzhou: Running, *parcels: Parcel) -> None:
    for parcel in parcels:
        await hangzhou.hear(order_of(parcel), origin=ORIGIN)
    await hangzhou.hear(sealed(parcels, destination_hub=ORIGIN))


class TestRebate:
    async def test_of_thirty_stands_is_312_00_and_one_that_comes_back_repays_10_40(
        self, hangzhou: Running
    ) -> None:
        parcels = [Parcel(f"S-{number}", unit="U") for number in range(STANDS)]
        await exported(hangzhou, *parcels)
        await hangzhou.hear(departed(parcels))
        for number, parcel in enumerate(parcels):
            await hangzhou.hear(proceeds(parcel), times=2)
            assert (await file_invoice(hangzhou, parcel, f"FP-{number}")).status_code == 201
        back = {
            "order_id": parcels[0].order_id,
            "lines": [{"line_no": 1, "quantity": 1}],
            "arrived_at": (NOON + timedelta(days=150)).isoformat(),
            "is_original": True,
        }
        taken = (await hangzhou.post("/v1/re-imports", back)).json()
        again = await hangzhou.post("/v1/re-imports", back)

        evidenced = await hangzhou.said(RebateEvidenced)
        (clawed,) = await hangzhou.said(RebateClawedBack)
        assert sum(event.amount.amount_minor for event in evidenced) == 31_200
        assert {event.amount for event in evidenced} == {yuan("10.40")}
        assert {event.claim_by.date() for event in evidenced} == {date(2027, 4, 30)}
        assert clawed.amount == yuan("10.40")
        assert (taken["import_tax"], taken["reason"]) == ("waived", None)
        assert again.json()["code"] == "customs.rebate-step-not-allowed"

    async def test_is_evidenced_once_whatever_comes_first(self, hangzhou: Running) -> None:
        turns = list(itertools.permutations(range(3)))
        for number, turn in enumerate(turns):
            parcel = Parcel(f"T-{number}")
            await exported(hangzhou, parcel)
            steps: list[Callable[[Parcel], Awaitable[Any]]] = [
                lambda p: hangzhou.hear(departed([p]), times=2),
                lambda p: hangzhou.hear(proceeds(p), times=2),
                lambda p: file_invoice(hangzhou, p),
            ]
            for step in turn:
                await steps[step](parcel)
                await steps[step](parcel)

        evidenced = await hangzhou.said(RebateEvidenced)
        assert len(evidenced) == len(turns)
        assert {event.amount for event in evidenced} == {yuan("10.40")}
        assert all(len(event.evidence) == 4 for event in evidenced)

    async def test_names_what_is_missing(self, hangzhou: Running) -> None:
        parcel = Parcel("T-9")
        await exported(hangzhou, parcel)
        await hangzhou.hear(departed([parcel]))

        case = (await hangzhou.http.get(f"/v1/rebate-cases/{parcel.order_id}")).json()

        assert case["missing"] == ["proceeds", "invoice"]
        assert case["amount"] is None

    async def test_takes_one_invoice_that_covers_the_order(self, hangzhou: Running) -> None:
        parcel = Parcel("T-8")
        await exported(hangzhou, parcel)
        wrong = {"invoice_no": "X", "currency": "CNY", "lines": [{"line_no": 2, "net_minor": 1}]}
        path = f"/v1/rebate-cases/{parcel.order_id}/invoices"

        misfit = await hangzhou.post(path, wrong)
        first = await file_invoice(hangzhou, parcel)
        same = await file_invoice(hangzhou, parcel)
        other = await file_invoice(hangzhou, parcel, "FP-2")

        assert misfit.json()["code"] == "customs.invoice-does-not-fit"
        assert (first.status_code, same.status_code) == (201, 201)
        assert other.json()["code"] == "customs.rebate-step-not-allowed"

    @pytest.mark.parametrize(
        ("days", "original", "tax", "reason"),
        [
            (181, True, "waived", None),
            (182, True, "levied", "arrived-late"),
            (30, False, "levied", "not-original"),
        ],
    )
    async def test_of_goods_that_come_back_is_repaid_whether_or_not_tax_is_waived(
        self, hangzhou: Running, *, days: int, original: bool, tax: str, reason: str | None
    ) -> None:
        parcel = Parcel("T-7")
        await exported(hangzhou, parcel)
        await hangzhou.hear(departed([parcel]))
        await hangzhou.hear(proceeds(parcel))
        await file_invoice(hangzhou, parcel)
        back = {
            "order_id": parcel.order_id,
            "lines": [{"line_no": 1, "quantity": 1}],
            "arrived_at": (NOON + timedelta(days=days)).isoformat(),
            "is_original": original,
        }

        taken = (await hangzhou.post("/v1/re-imports", back)).json()

        assert (taken["import_tax"], taken["reason"]) == (tax, reason)
        assert taken["repaid"] == {"amount_minor": 1_040, "currency": "CNY"}

    async def test_waits_for_an_order_by_setting_its_proceeds_aside(
        self, hangzhou: Running
    ) -> None:
        await hangzhou.hear(proceeds(Parcel("T-6")))

        ((reason, _),) = await hangzhou.quarantined()
        assert reason == "customs.rebate-order-unknown"


def as_seller(customs: Running, member_id: str = SELLER) -> dict[str, str]:
    return customs.office.headers(*all_scopes(), member_id=member_id)


def sent_by(member_id: str, unit: ConsolidationSealed) -> ConsolidationSealed:
    parcels = (parcel.model_copy(update={"seller_id": member_id}) for parcel in unit.parcels)
    return unit.model_copy(update={"parcels": tuple(parcels)})


class TestDrawback:
    async def claim(self, origin: Running, *, duty: int, receipt: str = "R-1") -> Any:
        (unit,) = (await origin.http.get("/v1/export-declarations")).json()["items"]
        body = {
            "scheme": "drawback.manufacture",
            "declaration_id": unit["id"],
            "receipt_no": receipt,
            "duty_paid_minor": duty,
            "currency": "MYR",
            "paid_on": "2026-03-01",
            "exported_on": "2026-09-01",
        }
        return await origin.post("/v1/drawback-claims", body, headers=as_seller(origin))

    async def notice(self, origin: Running, *, member_id: str = SELLER) -> Any:
        (unit,) = (await origin.http.get("/v1/export-declarations")).json()["items"]
        headers = as_seller(origin, member_id)
        body = {"declaration_id": unit["id"]}
        return await origin.post("/v1/drawback-notices", body, headers=headers)

    async def test_of_a_maker_needs_notice_on_the_export_form_before_it_departs(
        self, origin: Running
    ) -> None:
        parcel = Parcel("A-001")
        await origin.hear(parcel.placed_abroad(), origin=DESTINATION)
        await origin.hear(sealed([parcel]))
        stranger = await self.notice(origin, member_id=MEMBER)
        await origin.hear(departed([parcel]))
        silent = (await self.claim(origin, duty=20_000)).json()
        late = await self.notice(origin)

        assert (stranger.status_code, late.status_code) == (404, 409)
        assert stranger.json()["code"] == "customs.export-declaration-not-found"
        assert late.json()["code"] == "customs.drawback-notice-too-late"
        assert (silent["granted"], silent["reason"]) == (False, "notice-missing")
        assert await origin.said(RebateEvidenced) == []

    async def test_of_too_little_is_refused_and_of_enough_is_evidence_once(
        self, origin: Running
    ) -> None:
        parcel = Parcel("A-001")
        await origin.hear(parcel.placed_abroad(), origin=DESTINATION)
        await origin.hear(sealed([parcel]))
        early = await self.claim(origin, duty=20_000)
        first = (await self.notice(origin)).json()
        origin.wait(timedelta(minutes=1))
        second = (await self.notice(origin)).json()
        await origin.hear(departed([parcel]))
        little = (await self.claim(origin, duty=14_320)).json()
        enough = (await self.claim(origin, duty=20_000)).json()
        await self.claim(origin, duty=20_000)

        (evidenced,) = await origin.said(RebateEvidenced)
        assert early.json()["code"] == "customs.not-departed"
        assert first == second
        assert (little["granted"], little["reason"]) == (False, "below-minimum")
        assert little["amount"] == {"amount_minor": 14_320, "currency": "MYR"}
        assert enough["granted"] is True
        assert evidenced.scheme == "my-drawback-s99"
        assert evidenced.amount == ringgit(20_000)
        assert evidenced.claim_by.date() == date(2027, 3, 1)

    async def test_by_a_form_is_held_against_its_duty_and_taken_once(self, origin: Running) -> None:
        first, second = Parcel("A-001"), Parcel("A-002")
        goods = {**GOODS, "item_amount": "3000.00 MYR"}
        paid = await filed(origin, "K1", K1 | {"freight_amount": ""}, goods)
        returned = await filed(origin, "K1", {}, goods, reference="R-2")
        for parcel in (first, second):
            await origin.hear(parcel.placed_abroad(), origin=DESTINATION)
            await origin.hear(sent_by(MEMBER, sealed([parcel])))
            await origin.hear(departed([parcel]))
        units = (await origin.http.get("/v1/export-declarations")).json()["items"]

        async def claim(unit: int, duty: int, *, member_id: str = MEMBER, **changes: Any) -> Any:
            body = {
                "scheme": "drawback.as-is",
                "declaration_id": units[unit]["id"],
                "receipt_no": paid["number"],
                "duty_paid_minor": duty,
                "currency": "MYR",
                "paid_on": "2026-09-01",
                "exported_on": "2026-09-01",
            }
            headers = as_seller(origin, member_id)
            reply = await origin.post("/v1/drawback-claims", body | changes, headers=headers)
            return reply.json()

        stranger = await claim(0, 30_000, member_id=SELLER)
        too_much = await claim(0, 60_001)
        other_day = await claim(0, 60_000, paid_on="2026-08-31")
        not_paid = await claim(0, 60_000, receipt_no=returned["number"])
        half = await claim(0, 30_000)
        again = await claim(0, 30_000)
        rest = await claim(1, 30_001)
        exact = await claim(1, 30_000)

        assert paid["boxes"]["duty_amount"] == "600.00 MYR"
        assert stranger["code"] == ExportDeclarationNotFound.code, "nothing in the unit is theirs"
        assert (too_much["code"], too_much["field"]) == (
            "customs.duty-receipt-differs",
            "duty_paid_minor",
        )
        assert (other_day["code"], other_day["field"]) == (
            "customs.duty-receipt-differs",
            "paid_on",
        )
        assert not_paid["code"] == "customs.duty-receipt-unknown"
        assert half["granted"]
        assert half["amount"]["amount_minor"] == 27_000
        assert again == half
        assert rest["code"] == "customs.duty-receipt-differs"
        assert exact["granted"]
        assert len(await origin.said(RebateEvidenced)) == 2

    @pytest.mark.parametrize(
        ("departs", "day"), [({}, "2026-09-02"), ({"departure_date": "2026-09-01"}, "2026-09-01")]
    )
    async def test_of_goods_that_left_by_a_filed_k2_is_claimed_by_its_number(
        self, origin: Running, *, departs: dict[str, str], day: str
    ) -> None:
        paid = await filed(origin, "K1", K1 | {"freight_amount": ""}, GOODS)
        k2 = await filed(origin, "K2", K2 | departs, K2_LINE)

        async def give_notice(member_id: str = MEMBER, number: str = k2["number"]) -> Any:
            headers = as_seller(origin, member_id)
            body = {"declaration_id": number}
            return await origin.post("/v1/drawback-notices", body, headers=headers)

        async def claim(member_id: str = MEMBER, **changes: Any) -> Any:
            body = {
                "scheme": "drawback.manufacture",
                "declaration_id": k2["number"],
                "receipt_no": paid["number"],
                "duty_paid_minor": 20_000,
                "currency": "MYR",
                "paid_on": "2026-09-01",
                "exported_on": day,
            }
            headers = as_seller(origin, member_id)
            return await origin.post("/v1/drawback-claims", body | changes, headers=headers)

        early = await claim()
        stranger, wrong_form = await give_notice(SELLER), await give_notice(number=paid["number"])
        noticed = await give_notice()
        origin.wait(timedelta(days=1))
        completed = (await move(origin, k2["number"], "complete")).json()
        late = await give_notice()
        others = await claim(SELLER)
        other_day = await claim(exported_on="2026-09-03")
        granted = [(await claim()).json() for _ in range(2)]

        assert (k2["state"], completed["state"]) == ("released", "completed")
        assert problem(early)[:2] == (409, "customs.not-departed")
        unknown = (404, "customs.export-declaration-not-found")
        assert [problem(one)[:2] for one in (stranger, wrong_form, others)] == [unknown] * 3
        assert noticed.status_code == 201
        assert problem(late)[:2] == (409, "customs.drawback-notice-too-late")
        assert problem(other_day) == (422, "customs.drawback-export-differs", "exported_on")
        assert granted[0] == granted[1]
        assert granted[0]["granted"]
        (evidenced,) = await origin.said(RebateEvidenced)
        assert evidenced.amount == ringgit(20_000)
        assert evidenced.evidence[0] == f"K2 {k2['number']}"

    async def test_by_a_filed_k2_without_notice_is_refused_to_a_maker(
        self, origin: Running
    ) -> None:
        k2 = await filed(origin, "K2", K2, K2_LINE)
        await move(origin, k2["number"], "complete")
        body = {
            "scheme": "drawback.manufacture",
            "declaration_id": k2["number"],
            "receipt_no": "R-1",
            "duty_paid_minor": 20_000,
            "currency": "MYR",
            "paid_on": "2026-09-01",
            "exported_on": "2026-09-01",
        }
        headers = as_seller(origin, MEMBER)
        silent = (await origin.post("/v1/drawback-claims", body, headers=headers)).json()
        as_is = {**body, "scheme": "drawback.as-is", "duty_paid_minor": 30_000}
        other = (await origin.post("/v1/drawback-claims", as_is, headers=headers)).json()

        assert (silent["granted"], silent["reason"]) == (False, "notice-missing")
        assert other["granted"]
