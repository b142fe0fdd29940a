"""Proceeds of exports: due by a day that the law names, shown to be home by signed sheets."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from services.payments.domain.window import WindowState
from services.payments.store.finance_tables import obligation, settlement_window
from shared.contracts.customs.events import ExportLine, ExportParcel, ExportReleased
from shared.kernel.ids import derived_id
from tests.builders.running import Running
from tests.component.payments.settling import Lane, close, owed
from tests.component.payments.story import (
    CN,
    LOGISTICS_NO,
    MY,
    NOON,
    ORDER,
    ORDER_NO,
    SELLER,
    cny,
    order_placed,
)

HOME_BY = "2027-03-01"
"""Six months after the day of export, 1 September 2026 in Malaysia."""


def export_released(order_id: str = ORDER, **changes: Any) -> ExportReleased:
    parcel = ExportParcel(
        parcel_id=derived_id("pcl", MY, order_id),
        logistics_no=LOGISTICS_NO,
        order_id=order_id,
        order_no=ORDER_NO,
        gross_weight_g=720,
        net_weight_g=570,
        fob=cny(5800),
    )
    values: dict[str, Any] = {
        "declaration_id": derived_id("exp", MY, order_id),
        "form": "K2",
        "consolidation_id": derived_id("con", MY, "one"),
        "master_waybill": "232-12345675",
        "lines": (ExportLine(hs_code="210112", quantity=1, net_weight_g=570, fob=cny(5800)),),
        "parcels": (parcel,),
        "fob_total": cny(5800),
        "released_at": NOON,
    }
    return ExportReleased(**{**values, **changes})


async def exported(at: Running, order_id: str = ORDER, **changes: Any) -> None:
    await at.hear(export_released(order_id, **changes), key=order_id, origin=MY)


async def read(at: Running, order_id: str = ORDER, **options: Any) -> dict[str, Any]:
    reply = await at.http.get(f"/v1/repatriations/{order_id}", **options)
    return {"status": reply.status_code, **reply.json()}


async def abroad(at: Running, until: str) -> list[str]:
    reply = await at.http.get("/v1/repatriations", params={"until": until})
    return [each["order_id"] for each in reply.json()["repatriations"]]


class TestRepatriation:
    async def test_is_awaited_then_proved_by_the_sheet_that_both_hubs_signed(
        self, lane: Lane
    ) -> None:
        await exported(lane.sellers)
        await exported(lane.sellers)
        before = await read(lane.sellers)
        assert (before["state"], before["home_by"]) == ("awaited", HOME_BY)
        assert await abroad(lane.sellers, HOME_BY) == [ORDER]

        await owed(lane)
        closed = await close(lane)
        await lane.settle()

        proof = await read(lane.sellers)
        assert proof["state"] == "home"
        (parcel,) = proof["parcels"]
        assert (parcel["form"], parcel["fob"]["amount_minor"]) == ("K2", 5800)
        (came,) = proof["received"]
        assert (came["window_id"], came["debtor"]) == (closed["id"], CN)
        assert came["amount"] == {"amount_minor": 6710, "currency": "CNY"}
        buyers = await lane.window(lane.buyers, closed["id"])
        assert came["sheet_sha256"] == buyers["ours_sha256"]
        assert came["our_signature"] != came["their_signature"] != ""
        assert await abroad(lane.sellers, HOME_BY) == []

    async def test_is_the_same_when_the_money_is_home_before_customs_words(
        self, lane: Lane
    ) -> None:
        await owed(lane)
        await close(lane)
        await lane.settle()

        await exported(lane.sellers)

        assert (await read(lane.sellers))["state"] == "home"

    async def test_is_not_asked_for_where_no_law_does(self, lane: Lane) -> None:
        await lane.buyers.hear(export_released(), key=ORDER)

        missing = await read(lane.buyers)

        assert (missing["status"], missing["code"]) == (404, "payments.export-not-known")

    async def test_is_overdue_from_the_day_after_the_last(self, sellers: Running) -> None:
        await exported(sellers)
        last = datetime(2027, 3, 1, 15, 59, tzinfo=UTC)  # 23:59 in Malaysia
        sellers.wait(last - sellers.clock.now())
        assert (await read(sellers))["state"] == "awaited"

        sellers.wait(timedelta(minutes=1))

        assert (await read(sellers))["state"] == "overdue"
        assert await abroad(sellers, "2027-02-28") == []
        assert await abroad(sellers, HOME_BY) == [ORDER]

    async def test_is_shown_to_its_seller_and_to_nobody_else(self, sellers: Running) -> None:
        await exported(sellers)
        await sellers.hear(order_placed(), key=ORDER, origin=CN)
        own = sellers.office.headers("payments:read", member_id=SELLER)
        other = sellers.office.headers("payments:read", member_id=derived_id("mbr", MY, "other"))

        assert (await read(sellers, headers=own))["status"] == 200
        assert (await read(sellers, headers=other))["status"] == 404
        listed = await sellers.http.get("/v1/repatriations", params={"until": HOME_BY}, headers=own)
        assert listed.status_code == 403

    async def test_counts_what_settled_windows_brought_and_what_others_owe(
        self, sellers: Running
    ) -> None:
        """A window that is agreed is no money yet; what was taken back lowers what came."""
        await exported(sellers)
        async with sellers.service.store.transaction() as tx:
            for number, state in ((1, WindowState.SETTLED), (2, WindowState.AGREED)):
                await tx.connection.execute(insert(settlement_window), a_window(number, state))
            for no, amount in ((1, 7000), (2, -290), (11, 500)):
                await tx.connection.execute(insert(obligation), an_obligation(no, amount))

        half = await read(sellers)

        assert [one["amount"]["amount_minor"] for one in half["received"]] == [6710]
        assert half["state"] == "awaited", "500 is owed still"


def a_window(number: int, state: WindowState) -> dict[str, Any]:
    return {
        "id": derived_id("win", CN, str(number)),
        "debtor": CN,
        "creditor": MY,
        "currency": "CNY",
        "window_no": number,
        "after_no": 10 * (number - 1),
        "until_no": 10 * number,
        "state": state.value,
        "closed_at": NOON,
        "net_minor": 0,
        "ours_sha256": "a",
        "ours_signature": "b",
        "theirs_sha256": "a",
        "theirs_signature": "c",
        "theirs_chunks": "",
        "difference": "",
        "settled_at": NOON if state is WindowState.SETTLED else None,
    }


def an_obligation(no: int, amount: int) -> dict[str, Any]:
    return {
        "debtor": CN,
        "creditor": MY,
        "currency": "CNY",
        "no": no,
        "transfer_id": derived_id("trf", CN, str(no)),
        "order_id": ORDER,
        "order_no": ORDER_NO,
        "seller_id": SELLER,
        "amount_minor": amount,
    }
