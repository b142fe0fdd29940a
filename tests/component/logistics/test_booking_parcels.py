"""A parcel is booked for an order that is known, cleared and paid, whatever was heard first."""

import asyncio
from itertools import permutations

import pytest
from sqlalchemy import select

from services.logistics.store.tables import heard_order
from shared.contracts.event import Event
from shared.contracts.logistics.events import ParcelBooked, ParcelCancelled
from tests.builders.logistics import an_id
from tests.builders.running import Running
from tests.component.logistics.story import (
    MARKETPLACE,
    SELLER,
    STRANGER,
    acting_as,
    answered,
    book,
    bookable,
    booked,
    cancelled,
    captured,
    cents,
    departed,
    do,
    opened,
    order_id,
    parcel_now,
    placed,
    refunded,
    sealed,
    tell,
)

NEWS: list[Event] = [placed(), answered(), captured()]


class TestHearingOfAnOrder:
    @pytest.mark.parametrize(
        "news",
        list(permutations(NEWS)),
        ids=lambda n: "-".join(e.wire_name.split(".")[1].split("-")[0] for e in n),
    )
    async def test_opens_booking_in_whatever_order_and_however_often_news_comes(
        self, origin: Running, news: tuple[Event, ...]
    ) -> None:
        for event in news:
            await tell(origin, event, times=2)

        assert (await book(origin)).status_code == 201

    @pytest.mark.parametrize(
        ("missing", "status", "code"),
        [
            (0, 404, "logistics.order-not-known"),
            (1, 409, "logistics.not-pre-cleared"),
            (2, 409, "logistics.not-paid"),
        ],
    )
    async def test_says_what_is_missing_and_when_to_come_back(
        self, origin: Running, missing: int, status: int, code: str
    ) -> None:
        for event in NEWS[:missing] + NEWS[missing + 1 :]:
            await tell(origin, event)

        reply = await book(origin)

        assert (reply.status_code, reply.json()["code"]) == (status, code)
        assert reply.json()["retry_after_s"] == 5
        assert reply.json()["help"]

    async def test_counts_the_newest_verdict(self, origin: Running) -> None:
        await bookable(origin)
        await tell(origin, answered(verdict="refused"))
        refused = await book(origin)
        await tell(origin, answered())

        assert refused.status_code == 422
        assert refused.json()["code"] == "logistics.pre-clearance-refused"
        assert (await book(origin)).status_code == 201

    @pytest.mark.parametrize("refund_first", [True, False])
    async def test_sees_that_the_money_went_back(self, origin: Running, refund_first: bool) -> None:
        money = [captured(), refunded(amount=cents(3_000)), refunded(amount=cents(4_637))]
        for event in [placed(), answered(), *(reversed(money) if refund_first else money)]:
            await tell(origin, event)

        assert (await book(origin)).json()["code"] == "logistics.not-paid"

    @pytest.mark.parametrize("cancel_first", [True, False])
    async def test_sees_that_the_order_was_cancelled(
        self, origin: Running, cancel_first: bool
    ) -> None:
        news = [*NEWS, cancelled()]
        for event in reversed(news) if cancel_first else news:
            await tell(origin, event)

        reply = await book(origin)

        assert (reply.status_code, reply.json()["code"]) == (409, "logistics.order-cancelled")

    async def test_believes_only_the_hub_where_the_order_was_placed(self, origin: Running) -> None:
        await tell(origin, placed())
        await tell(origin, answered())
        for event in (captured(), placed(seller_id=STRANGER), cancelled()):
            await origin.hear(event, key=event.wire_name, origin="sg-sin")

        reply = await book(origin)

        assert reply.json()["code"] == "logistics.not-paid"
        assert [why for why, _ in await origin.quarantined()] == ["logistics.not-the-owner"] * 3

    async def test_keeps_nothing_of_orders_sold_and_bought_elsewhere(self, origin: Running) -> None:
        await tell(origin, placed(seller_hub="sg-sin"))

        async with origin.service.store.database.reading() as connection:
            assert (await connection.execute(select(heard_order))).all() == []

    async def test_opens_no_booking_at_the_buyers_hub(self, destination: Running) -> None:
        for event in (placed(), answered()):
            await tell(destination, event)

        reply = await book(destination)

        assert reply.json()["code"] == "logistics.order-not-known"


class TestBooking:
    async def test_tells_the_buyers_hub_and_no_other(self, origin: Running) -> None:
        parcel = (await booked(origin, "1"))[0]

        (event,) = await origin.said(ParcelBooked)
        (envelope,) = await origin.envelopes()
        assert (envelope.subject, envelope.audience, envelope.sequence) == (
            parcel["id"],
            "cn-hgh",
            1,
        )
        assert event.logistics_no == parcel["logistics_no"]
        assert event.order_id == order_id("1")
        assert (event.gross_weight_g, event.length_mm) == (720, 220)

    async def test_gives_house_waybills_one_after_the_other(self, origin: Running) -> None:
        numbers = [parcel["logistics_no"] for parcel in await booked(origin, "1", "2", "3")]

        assert numbers == ["MYKUL00000000011", "MYKUL00000000022", "MYKUL00000000033"]

    async def test_keeps_a_number_that_is_brought_along(self, origin: Running) -> None:
        parcel = (await booked(origin, "1", logistics_no="KV26090100001"))[0]

        assert parcel["logistics_no"] == "KV26090100001"

    @pytest.mark.parametrize(
        ("number", "status", "code"),
        [
            ("KV26090100001", 409, "logistics.number-taken"),
            ("MYKUL00000000990", 422, "logistics.number-reserved"),
            ("LP100000174MY", 422, "code-invalid"),
            ("kv1", 422, "request-invalid"),
        ],
    )
    async def test_refuses_a_number_that_is_not_the_sellers_to_give(
        self, origin: Running, number: str, status: int, code: str
    ) -> None:
        await booked(origin, "1", logistics_no="KV26090100001")
        await bookable(origin, "2")

        reply = await book(origin, "2", logistics_no=number)

        assert (reply.status_code, reply.json()["code"]) == (status, code)

    async def test_is_for_one_parcel_per_order(self, origin: Running) -> None:
        first = (await booked(origin, "1"))[0]
        again = await book(origin, "1")
        headers = acting_as(origin, SELLER)
        path = f"/v1/parcels/{first['id']}/cancel"
        off = await origin.post(path, {"reason": "wrong box"}, headers=headers)

        assert (again.status_code, again.json()["code"]) == (409, "logistics.order-booked-already")
        assert off.json()["state"] == "cancelled"
        assert (await book(origin, "1")).status_code == 201

    async def test_of_two_at_once_books_one(self, origin: Running) -> None:
        await bookable(origin)

        replies = await asyncio.gather(*(book(origin) for _ in range(4)))

        assert sorted(reply.status_code for reply in replies) == [201, 409, 409, 409]
        assert len(await origin.said(ParcelBooked)) == 1

    async def test_repeated_under_its_key_gives_the_same_parcel(self, origin: Running) -> None:
        await bookable(origin)
        headers = {**acting_as(origin, SELLER), "Idempotency-Key": "once"}
        body = {
            "order_id": order_id("1"),
            "gross_weight_g": 720,
            "length_mm": 1,
            "width_mm": 1,
            "height_mm": 1,
        }

        first = await origin.post("/v1/parcels", body, headers=headers)
        again = await origin.post("/v1/parcels", body, headers=headers)

        assert first.json() == again.json()
        assert len(await origin.said(ParcelBooked)) == 1

    @pytest.mark.parametrize("member_id", [STRANGER, an_id("mbr", "other", "cn-hgh")])
    async def test_is_for_the_seller_and_the_platform_only(
        self, origin: Running, member_id: str
    ) -> None:
        parcel = (await booked(origin, "1"))[0]
        await bookable(origin, "2")
        body = {
            "order_id": order_id("2"),
            "gross_weight_g": 1,
            "length_mm": 1,
            "width_mm": 1,
            "height_mm": 1,
        }

        theirs = await origin.post("/v1/parcels", body, headers=acting_as(origin, member_id))
        platforms = await origin.post("/v1/parcels", body, headers=acting_as(origin, MARKETPLACE))
        seen = await origin.http.get(
            f"/v1/parcels/{parcel['id']}", headers=acting_as(origin, member_id)
        )
        listed = await origin.http.get("/v1/parcels", headers=acting_as(origin, member_id))

        assert theirs.json()["code"] == "logistics.order-not-known"
        assert platforms.status_code == 201
        assert seen.status_code == 404
        assert listed.json()["items"] == []

    async def test_lists_a_sellers_parcels_page_by_page(self, origin: Running) -> None:
        parcels = await booked(origin, "1", "2", "3")
        headers = acting_as(origin, SELLER)

        first = (await origin.http.get("/v1/parcels?limit=2", headers=headers)).json()
        rest = (
            await origin.http.get(
                f"/v1/parcels?limit=2&cursor={first['next_cursor']}", headers=headers
            )
        ).json()

        assert [p["id"] for p in first["items"] + rest["items"]] == [p["id"] for p in parcels]
        assert rest["next_cursor"] is None


class TestLines:
    async def test_of_a_parcel_are_said_and_must_be_the_orders(self, origin: Running) -> None:
        await bookable(origin)

        wrong = await book(origin, lines=[2])
        right = await book(origin, lines=[1])

        assert (wrong.status_code, wrong.json()["code"]) == (422, "logistics.line-not-ordered")
        assert right.status_code == 201
        (event,) = await origin.said(ParcelBooked)
        assert event.lines == (1,)


class TestCancelling:
    async def test_tells_the_buyers_hub(self, origin: Running) -> None:
        parcel = (await booked(origin, "1"))[0]
        await tell(origin, cancelled(), times=2)

        (event,) = await origin.said(ParcelCancelled)
        assert (event.parcel_id, event.reason) == (parcel["id"], "buyer")
        assert (await parcel_now(origin, parcel))["state"] == "cancelled"

    async def test_takes_a_pooled_parcel_out(self, origin: Running) -> None:
        parcel = (await booked(origin, "1"))[0]
        consolidation = await opened(origin)
        await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})

        await tell(origin, cancelled())

        now = await parcel_now(origin, parcel)
        assert (now["state"], now["pool"], now["consolidation_id"]) == ("cancelled", None, None)

    async def test_holds_a_sealed_parcel_until_it_is_dropped(self, origin: Running) -> None:
        consolidation, (parcel, _) = await sealed(origin, "1", "2")

        await tell(origin, cancelled("1"))
        held = await parcel_now(origin, parcel)
        weight = {"gate_weight_g": 1_440}
        stopped = await do(origin, consolidation, "hand-over", weight)
        await do(
            origin,
            consolidation,
            "drop",
            {"parcel_ids": [parcel["id"]], "seals": ["MY000200"], "reason": "order cancelled"},
        )

        assert held["pool"] == "held"
        assert (stopped.status_code, stopped.json()["code"]) == (409, "logistics.held-aboard")
        assert (await parcel_now(origin, parcel))["state"] == "cancelled"
        assert [e.parcel_id for e in await origin.said(ParcelCancelled)] == [parcel["id"]]

    async def test_comes_too_late_for_what_is_under_way(self, origin: Running) -> None:
        _, (parcel,) = await departed(origin, "1")

        await tell(origin, cancelled())

        assert (await parcel_now(origin, parcel))["state"] == "in_transit"
        assert await origin.quarantined() == []

    async def test_of_a_sealed_parcel_is_refused_to_its_seller(self, origin: Running) -> None:
        _, (parcel,) = await sealed(origin, "1")

        reply = await origin.post(
            f"/v1/parcels/{parcel['id']}/cancel",
            {"reason": "changed my mind"},
            headers=acting_as(origin, SELLER),
        )

        assert (reply.status_code, reply.json()["code"]) == (409, "logistics.parcel-moving")
