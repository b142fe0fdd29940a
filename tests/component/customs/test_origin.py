"""Customs at the origin: early answers on a peer's orders, and export declarations of units."""

from typing import Any

import pytest
from sqlalchemy import select

from services.customs.store.tables import document, metadata
from shared.contracts.customs.events import (
    BuyerChecked,
    ExportReleased,
    Finding,
    PreClearanceAnswered,
)
from shared.contracts.event import MoneyWords
from tests.builders.customs_events import (
    BUYER_ID,
    BUYER_NAME,
    DESTINATION,
    PHONE,
    SELLER,
    Parcel,
    coffee,
    departed,
    sealed,
    yuan,
)
from tests.builders.running import Running

A_001, A_002 = Parcel("A-001", unit="U-1"), Parcel("A-002", unit="U-1")
OVER_THE_YEAR = Finding(
    code="-621018", field="buyer.annual_used", documents=("order",), remedy="Wait a year."
)


async def ordered(origin: Running, parcel: Parcel = A_001, **changes: Any) -> None:
    await origin.hear(parcel.placed_abroad(**changes), key=parcel.order_id, origin=DESTINATION)


async def checked(origin: Running, *findings: Finding, version: int = 1) -> None:
    event = BuyerChecked(
        order_id=A_001.order_id,
        order_no=A_001.order_no,
        version=version,
        checked=("annual-limit", "payer"),
        findings=findings,
    )
    await origin.hear(event, key=A_001.order_id, origin=DESTINATION)


async def answers(origin: Running) -> list[tuple[str, list[str]]]:
    said = await origin.said(PreClearanceAnswered)
    return [(event.verdict, [finding.code for finding in event.findings]) for event in said]


class TestPreClearance:
    async def test_answers_an_order_by_the_destination_s_rules(self, origin: Running) -> None:
        await ordered(origin)

        reply = await origin.http.get(f"/v1/pre-clearances/{A_001.order_id}")

        assert await answers(origin) == [("accepted", [])]
        assert reply.json()["verdict"] == "accepted"
        assert reply.json()["tax"] == yuan("6.37").model_dump()
        assert reply.json()["unchecked"] == ["annual-limit", "payer"]
        assert reply.json()["pack_hash"].startswith("sha256:")

    async def test_refuses_fourteen_pillows(self, origin: Running) -> None:
        pillows = coffee(
            hs_code="9404909000",
            quantity=14,
            unit_price=yuan("368.00"),
            total_price=yuan("5152.00"),
        )
        await ordered(
            origin,
            lines=(pillows,),
            goods=yuan("5152.00"),
            freight=yuan("300.00"),
            tax=yuan("0.00"),
            paid=yuan("5452.00"),
        )

        assert await answers(origin) == [("refused", ["-621005"])]

    async def test_leaves_orders_of_other_sellers_hubs_alone(self, origin: Running) -> None:
        await ordered(origin, seller_hub="sg-sin")

        assert await answers(origin) == []

    @pytest.mark.parametrize("order_first", [True, False])
    async def test_takes_in_what_the_buyer_s_hub_found(
        self, origin: Running, *, order_first: bool
    ) -> None:
        if order_first:
            await ordered(origin)
        await checked(origin, OVER_THE_YEAR)
        if not order_first:
            await ordered(origin)

        reply = await origin.http.get(f"/v1/pre-clearances/{A_001.order_id}")

        assert (await answers(origin))[-1] == ("refused", ["-621018"])
        assert (reply.json()["verdict"], reply.json()["unchecked"]) == ("refused", [])

    async def test_is_said_again_only_when_it_changes(self, origin: Running) -> None:
        await ordered(origin)
        await checked(origin, version=1)
        await checked(origin, OVER_THE_YEAR, version=3)
        await checked(origin, version=2)
        await ordered(origin)

        assert await answers(origin) == [("accepted", []), ("refused", ["-621018"])]

    async def test_is_shown_to_its_seller_and_no_other(self, origin: Running) -> None:
        await ordered(origin)
        path = f"/v1/pre-clearances/{A_001.order_id}"

        async def status(**member: str) -> int:
            headers = origin.office.headers("customs:read", **member)
            return (await origin.http.get(path, headers=headers)).status_code

        assert (await status(member_id=SELLER), await status()) == (200, 404)


class TestPersonalData:
    async def test_is_nowhere_in_the_origin_s_tables(self, origin: Running) -> None:
        await ordered(origin)
        await origin.hear(sealed([A_001]))

        async with origin.service.store.database.reading() as connection:
            tables = [
                (await connection.execute(select(table))).all() for table in metadata.sorted_tables
            ]
            personal = (await connection.execute(select(document.c.personal))).scalars().all()

        assert set(personal) == {None}
        for value in (BUYER_ID, BUYER_NAME, PHONE):
            assert value not in repr(tables)

    async def test_is_kept_apart_at_the_destination(self, destination: Running) -> None:
        await destination.hear(A_001.placed())

        async with destination.service.store.database.reading() as connection:
            rows = (await connection.execute(select(document))).all()

        assert [row.personal["orderer"]["id_number"] for row in rows] == [BUYER_ID]
        assert all(BUYER_ID not in repr(row.body) for row in rows)


async def export_of(origin: Running) -> dict[str, Any]:
    listed = (await origin.http.get("/v1/export-declarations")).json()["items"]
    assert len(listed) == 1
    return listed[0]  # type: ignore[no-any-return]


class TestExport:
    async def test_is_lodged_accepted_and_released_once_every_order_is_known(
        self, origin: Running
    ) -> None:
        await ordered(origin, A_001)
        await origin.hear(sealed([A_001, A_002]), times=2)
        waiting = await export_of(origin)
        await ordered(origin, A_002)
        done = await export_of(origin)

        said = await origin.said(ExportReleased)
        envelope = (await origin.envelopes())[-1]

        assert (waiting["state"], waiting["lines"]) == ("draft", [])
        assert (done["state"], done["lane"], done["forms"]) == ("released", "green", ["K2"])
        assert done["fob_total"] == yuan("116.00").model_dump()
        assert done["fob_local"] == {"amount_minor": 7_076, "currency": "MYR"}
        assert [(line.hs_code, line.quantity, line.net_weight_g) for line in said[0].lines] == [
            ("210112", 2, 1_140)
        ]
        assert [parcel.logistics_no for parcel in said[0].parcels] == ["KV-A-001", "KV-A-002"]
        assert [(g.seller_id, g.quantity) for g in said[0].goods] == [(SELLER, 2)]
        assert envelope.audience == DESTINATION

    async def test_departs_with_its_unit(self, origin: Running) -> None:
        await ordered(origin)
        await origin.hear(sealed([A_001]))
        await origin.hear(departed([A_001]), times=2)

        assert (await export_of(origin))["state"] == "departed"

    async def test_is_drawn_up_again_for_a_unit_sealed_anew(self, origin: Running) -> None:
        await ordered(origin, A_001)
        await ordered(origin, A_002)
        await origin.hear(sealed([A_001, A_002]))
        await origin.hear(sealed([A_001], version=2, seals=("S3",)))
        await origin.hear(sealed([A_001, A_002]))

        said = await origin.said(ExportReleased)
        found = await export_of(origin)

        assert [len(event.parcels) for event in said] == [2, 1]
        assert said[0].declaration_id == said[1].declaration_id
        assert (found["unit_version"], found["fob_total"]) == (2, yuan("58.00").model_dump())

    async def test_is_held_on_the_red_lane_until_an_officer_releases_it(
        self, origin: Running
    ) -> None:
        await ordered(origin)
        await origin.hear(sealed([A_001], master_waybill="232-RED"))
        held = await export_of(origin)
        path = f"/v1/export-declarations/{held['id']}"
        said_while_held = await origin.said(ExportReleased)

        released = await origin.post(f"{path}/release", {"reason": "seen"})
        again = await origin.post(f"{path}/release", {"reason": "seen"})

        assert (held["state"], said_while_held) == ("physical-check", [])
        assert released.json()["state"] == "released"
        assert (again.status_code, again.json()["code"]) == (
            409,
            "customs.export-step-not-allowed",
        )
        assert len(await origin.said(ExportReleased)) == 1

    async def test_can_be_cancelled(self, origin: Running) -> None:
        await ordered(origin)
        await origin.hear(sealed([A_001]))
        found = await export_of(origin)

        cancelled = await origin.post(
            f"/v1/export-declarations/{found['id']}/cancel", {"reason": "no-flight"}
        )

        assert cancelled.json()["state"] == "cancelled"
        assert (await origin.http.get(f"/v1/export-declarations/{found['id']}")).json()[
            "reason"
        ] == "no-flight"

    async def test_sets_a_unit_in_two_currencies_aside(self, origin: Running) -> None:
        ringgit = MoneyWords(amount_minor=5_800, currency="MYR")
        await ordered(origin, A_001)
        await ordered(origin, A_002, lines=(coffee(unit_price=ringgit, total_price=ringgit),))
        await origin.hear(sealed([A_001, A_002]))

        assert [reason for reason, _ in await origin.quarantined()] == [
            "customs.export-currency-mixed"
        ]
