"""Timelines: what both hubs tell about an order, in any order and more than once."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.orders.domain.order import Order
from shared.contracts.customs.events import (
    DeclarationAccepted,
    DeclarationReleased,
    DeclarationReturned,
    DeclarationSentBack,
    ExportLine,
    ExportParcel,
    ExportReleased,
    Finding,
    PreClearanceAnswered,
)
from shared.contracts.event import Event, MoneyWords
from shared.contracts.logistics.events import (
    ConsolidationArrived,
    ConsolidationDeparted,
    ConsolidationSealed,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    ParcelTracked,
    PooledParcel,
)
from shared.contracts.orders.events import OrderCancelled
from shared.contracts.payments.events import PaymentCaptured, PaymentRefunded, ProceedsReleased
from shared.kernel.ids import derived_id
from tests.builders.orders import (
    BUYER_TOKEN,
    MY,
    NOON,
    PERSONAL,
    SELLER,
    an_order,
    an_order_body,
    order_placed,
)
from tests.builders.running import Running

PARCEL_NO = "KV26090100001"
PARCEL = derived_id("pcl", MY, "1")
CONSOLIDATION = derived_id("con", MY, "1")
SOME_MONEY = MoneyWords(amount_minor=637, currency="CNY")

Said = Callable[[str, str], Event]
"""From the id and the number of an order to an event about it."""


def pooled(order_id: str, order_no: str, logistics_no: str = PARCEL_NO) -> PooledParcel:
    return PooledParcel(
        parcel_id=derived_id("pcl", MY, logistics_no),
        logistics_no=logistics_no,
        order_id=order_id,
        order_no=order_no,
        seller_id=SELLER,
        gross_weight_g=720,
    )


def declared(order_id: str, order_no: str) -> dict[str, Any]:
    return {
        "declaration_id": derived_id("dec", "cn-hgh", "1"),
        "order_id": order_id,
        "order_no": order_no,
        "logistics_no": PARCEL_NO,
    }


def captured(order_id: str, order_no: str) -> Event:
    return PaymentCaptured(
        payment_id=derived_id("pay", "cn-hgh", "1"),
        pay_transaction_id="P260901000001",
        order_id=order_id,
        order_no=order_no,
        amount=SOME_MONEY,
        payer_id_number=PERSONAL[0],
        payer_name=PERSONAL[1],
        captured_at=NOON + timedelta(minutes=5),
    )


def refunded(order_id: str, order_no: str) -> Event:
    return PaymentRefunded(
        payment_id=derived_id("pay", "cn-hgh", "1"),
        order_id=order_id,
        order_no=order_no,
        amount=SOME_MONEY,
        reason="order-cancelled",
    )


def proceeds(order_id: str, order_no: str) -> Event:
    return ProceedsReleased(
        order_id=order_id,
        order_no=order_no,
        seller_id=SELLER,
        creditor_hub=MY,
        amount=SOME_MONEY,
        commission=SOME_MONEY,
        tax=SOME_MONEY,
        transfer_id=derived_id("trf", "cn-hgh", "1"),
    )


def pre_cleared(order_id: str, order_no: str) -> Event:
    return PreClearanceAnswered(
        order_id=order_id, order_no=order_no, verdict="accepted", pack_hash="sha256:1"
    )


def booked(order_id: str, order_no: str) -> Event:
    return ParcelBooked(
        parcel_id=PARCEL,
        logistics_no=PARCEL_NO,
        order_id=order_id,
        order_no=order_no,
        seller_id=SELLER,
        destination_hub="cn-hgh",
        gross_weight_g=720,
        length_mm=220,
        width_mm=160,
        height_mm=90,
        packages=1,
    )


def unbooked(order_id: str, order_no: str) -> Event:
    return ParcelCancelled(
        parcel_id=PARCEL, logistics_no=PARCEL_NO, order_id=order_id, reason="damaged"
    )


def sealed(order_id: str, order_no: str) -> Event:
    return ConsolidationSealed(
        consolidation_id=CONSOLIDATION,
        master_waybill="232-12345675",
        unit_no="AKE12345MH",
        seals=("MY0001",),
        origin="MYKUL",
        destination="CNHGH",
        destination_hub="cn-hgh",
        parcels=(pooled(order_id, order_no),),
        gross_weight_g=720,
        chargeable_weight_g=1_000,
    )


def export_released(order_id: str, order_no: str) -> Event:
    line = ExportLine(hs_code="210112", quantity=1, net_weight_g=570, fob=SOME_MONEY)
    parcel = ExportParcel(
        parcel_id=PARCEL,
        logistics_no=PARCEL_NO,
        order_id=order_id,
        order_no=order_no,
        gross_weight_g=720,
        net_weight_g=570,
        fob=SOME_MONEY,
    )
    return ExportReleased(
        declaration_id=derived_id("dec", MY, "1"),
        form="K2",
        consolidation_id=CONSOLIDATION,
        master_waybill="232-12345675",
        lines=(line,),
        parcels=(parcel,),
        fob_total=SOME_MONEY,
        released_at=NOON + timedelta(hours=1),
    )


def departed(order_id: str, order_no: str) -> Event:
    return ConsolidationDeparted(
        consolidation_id=CONSOLIDATION,
        master_waybill="232-12345675",
        unit_no="AKE12345MH",
        seals=("MY0001",),
        origin="MYKUL",
        destination="CNHGH",
        parcels=(pooled(order_id, order_no),),
        departed_at=NOON + timedelta(hours=2),
    )


def arrived(order_id: str, order_no: str) -> Event:
    return ConsolidationArrived(
        consolidation_id=CONSOLIDATION,
        master_waybill="232-12345675",
        arrived_at=NOON + timedelta(hours=9),
    )


def returned_to_correct(order_id: str, order_no: str) -> Event:
    finding = Finding(code="C11", field="consignee.phone", remedy="correct the waybill")
    return DeclarationReturned(**declared(order_id, order_no), status="100", findings=(finding,))


def accepted(order_id: str, order_no: str) -> Event:
    return DeclarationAccepted(**declared(order_id, order_no))


def released(order_id: str, order_no: str) -> Event:
    return DeclarationReleased(
        **declared(order_id, order_no),
        tax=SOME_MONEY,
        tax_bill_no="T1",
        released_at=NOON + timedelta(hours=10),
    )


def sent_back(order_id: str, order_no: str) -> Event:
    return DeclarationSentBack(**declared(order_id, order_no), reason="700")


def tracked(order_id: str, order_no: str) -> Event:
    return ParcelTracked(
        parcel_id=PARCEL,
        logistics_no=PARCEL_NO,
        order_id=order_id,
        state="out_for_delivery",
        happened_at=NOON + timedelta(hours=11),
    )


def delivered(order_id: str, order_no: str) -> Event:
    return ParcelDelivered(
        parcel_id=PARCEL,
        logistics_no=PARCEL_NO,
        order_id=order_id,
        order_no=order_no,
        delivered_at=NOON + timedelta(hours=12),
        proof_sha256="0" * 64,
    )


BUYERS_SIDE: dict[str, Said] = {
    "payment-captured": captured,
    "payment-refunded": refunded,
    "proceeds-released": proceeds,
    "declaration-returned": returned_to_correct,
    "declaration-accepted": accepted,
    "declaration-released": released,
    "declaration-sent-back": sent_back,
    "parcel-tracked": tracked,
    "parcel-delivered": delivered,
}
SELLERS_SIDE: dict[str, Said] = {
    "parcel-booked": booked,
    "parcel-cancelled": unbooked,
    "export-released": export_released,
    "parcel-departed": departed,
}
SELLERS_HOME_ONLY: dict[str, Said] = {
    "pre-clearance-answered": pre_cleared,
    "parcel-sealed": sealed,
}
JOURNEY: tuple[tuple[Said, str, str], ...] = (
    (captured, "cn-hgh", "paid"),
    (booked, "my-kul", "packed"),
    (export_released, "my-kul", "packed"),
    (departed, "my-kul", "shipped"),
    (accepted, "cn-hgh", "shipped"),
    (released, "cn-hgh", "cleared"),
    (arrived, "cn-hgh", "cleared"),
    (tracked, "cn-hgh", "cleared"),
    (delivered, "cn-hgh", "delivered"),
    (proceeds, "cn-hgh", "delivered"),
)
"""What happens, which hub says it, and the order's state then."""


async def a_placed_order(orders: Running) -> dict[str, Any]:
    reply = await orders.post("/v1/orders", an_order_body())
    assert reply.status_code == 201, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def an_incoming_order(sellers_hub: Running) -> Order:
    order = an_order()
    await sellers_hub.hear(order_placed(order), key=order.id, origin="cn-hgh")
    return order


async def kinds(service: Running, order_id: str) -> list[str]:
    reply = await service.http.get(f"/v1/orders/{order_id}/timeline", params={"limit": 100})
    assert reply.status_code == 200, reply.text
    entries = reply.json()["items"]
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
    return [entry["kind"] for entry in entries]


async def state(service: Running, order_id: str) -> str:
    reply = await service.http.get(f"/v1/orders/{order_id}")
    return str(reply.json()["state"])


class TestAtTheBuyersHub:
    @pytest.mark.parametrize("kind", BUYERS_SIDE)
    async def test_hears_its_own_services_once(self, orders: Running, kind: str) -> None:
        order = await a_placed_order(orders)
        event = BUYERS_SIDE[kind](order["id"], order["order_no"])

        await orders.hear(event, times=2)

        assert await kinds(orders, order["id"]) == ["order-placed", kind]

    @pytest.mark.parametrize("kind", SELLERS_SIDE)
    async def test_hears_the_sellers_hub_once(self, orders: Running, kind: str) -> None:
        order = await a_placed_order(orders)
        event = SELLERS_SIDE[kind](order["id"], order["order_no"])

        await orders.hear(event, origin="my-kul", times=2)

        assert await kinds(orders, order["id"]) == ["order-placed", kind]

    async def test_follows_the_order_to_its_buyer(self, orders: Running) -> None:
        order = await a_placed_order(orders)

        states = []
        for said, hub, _ in JOURNEY:
            await orders.hear(said(order["id"], order["order_no"]), origin=hub)
            states.append(await state(orders, order["id"]))

        assert states == [expected for _, _, expected in JOURNEY]
        assert len(await kinds(orders, order["id"])) == len(JOURNEY) + 1
        assert await orders.quarantined() == []

    async def test_comes_to_the_same_state_when_everything_is_heard_backwards_and_twice(
        self, orders: Running
    ) -> None:
        order = await a_placed_order(orders)
        forwards = [
            orders.envelope(said(order["id"], order["order_no"]), key="k", origin=hub)
            for said, hub, _ in JOURNEY
        ]

        for envelope in (*reversed(forwards), *forwards):
            await orders.deliver(envelope)

        assert await state(orders, order["id"]) == "delivered"
        assert len(await kinds(orders, order["id"])) == len(JOURNEY) + 1

    async def test_carries_nothing_personal(self, orders: Running) -> None:
        order = await a_placed_order(orders)
        await orders.hear(captured(order["id"], order["order_no"]))

        reply = await orders.http.get(f"/v1/orders/{order['id']}/timeline")

        assert not any(datum in reply.text for datum in PERSONAL)

    async def test_pages(self, orders: Running) -> None:
        order = await a_placed_order(orders)
        for said, hub, _ in JOURNEY:
            await orders.hear(said(order["id"], order["order_no"]), origin=hub)

        found: list[int] = []
        cursor = None
        for _ in itertools.count():
            query = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            reply = await orders.http.get(f"/v1/orders/{order['id']}/timeline", params=query)
            found += [entry["sequence"] for entry in reply.json()["items"]]
            cursor = reply.json()["next_cursor"]
            if cursor is None:
                break

        assert found == list(range(1, len(JOURNEY) + 2))

    async def test_sets_aside_what_a_hub_cannot_know(self, orders: Running) -> None:
        order = await a_placed_order(orders)

        await orders.hear(delivered(order["id"], order["order_no"]), origin="my-kul")

        assert [reason for reason, _ in await orders.quarantined()] == ["orders.not-their-fact"]
        assert await state(orders, order["id"]) == "placed"

    async def test_sets_aside_news_of_an_order_never_placed_here(self, orders: Running) -> None:
        order = an_order()

        await orders.hear(booked(order.id, order.order_no), origin="my-kul")

        assert [reason for reason, _ in await orders.quarantined()] == ["orders.order-not-found"]

    async def test_notes_a_departure_after_the_order_was_cancelled_and_leaves_it_cancelled(
        self, orders: Running
    ) -> None:
        order = await a_placed_order(orders)
        await orders.post(f"/v1/orders/{order['id']}/cancel", {"reason": "buyer-request"})

        await orders.hear(departed(order["id"], order["order_no"]), origin="my-kul")

        assert await state(orders, order["id"]) == "cancelled"
        assert (await kinds(orders, order["id"]))[-1] == "parcel-departed"


class TestAtTheSellersHub:
    async def test_keeps_a_replica_without_the_person(self, sellers_hub: Running) -> None:
        order = await an_incoming_order(sellers_hub)

        reply = await sellers_hub.http.get(
            f"/v1/orders/{order.id}",
            headers=sellers_hub.office.headers("orders:read", member_id=SELLER),
        )

        view = reply.json()
        assert reply.status_code == 200
        assert (view["buyer"], view["buyer_token"]) == (None, BUYER_TOKEN)
        assert (view["order_no"], view["paid"]["amount_minor"]) == (order.order_no, 7_637)
        assert await sellers_hub.envelopes() == []

    async def test_keeps_it_once(self, sellers_hub: Running) -> None:
        order = an_order()
        await sellers_hub.hear(order_placed(order), origin="cn-hgh", times=2)
        await sellers_hub.hear(order_placed(order), origin="cn-hgh")

        assert await kinds(sellers_hub, order.id) == ["order-placed"]
        assert await sellers_hub.quarantined() == []

    async def test_shows_it_to_its_seller_only(self, sellers_hub: Running) -> None:
        order = await an_incoming_order(sellers_hub)
        other = derived_id("mbr", MY, "another seller")

        replies = {
            member: await sellers_hub.http.get(
                "/v1/orders", headers=sellers_hub.office.headers("orders:read", member_id=member)
            )
            for member in (SELLER, other)
        }

        assert [item["id"] for item in replies[SELLER].json()["items"]] == [order.id]
        assert replies[other].json()["items"] == []

    async def test_cannot_cancel_it(self, sellers_hub: Running) -> None:
        order = await an_incoming_order(sellers_hub)

        reply = await sellers_hub.post(f"/v1/orders/{order.id}/cancel", {"reason": "other"})

        assert (reply.status_code, reply.json()["code"]) == (404, "orders.order-not-found")

    @pytest.mark.parametrize("kind", [*SELLERS_SIDE, *SELLERS_HOME_ONLY])
    async def test_hears_its_own_services_once(self, sellers_hub: Running, kind: str) -> None:
        order = await an_incoming_order(sellers_hub)
        event = (SELLERS_SIDE | SELLERS_HOME_ONLY)[kind](order.id, order.order_no)

        await sellers_hub.hear(event, times=2)

        assert await kinds(sellers_hub, order.id) == ["order-placed", kind]

    @pytest.mark.parametrize("kind", BUYERS_SIDE)
    async def test_hears_the_buyers_hub_once(self, sellers_hub: Running, kind: str) -> None:
        order = await an_incoming_order(sellers_hub)
        event = BUYERS_SIDE[kind](order.id, order.order_no)

        await sellers_hub.hear(event, origin="cn-hgh", times=2)

        assert await kinds(sellers_hub, order.id) == ["order-placed", kind]

    async def test_hears_that_it_was_cancelled(self, sellers_hub: Running) -> None:
        order = await an_incoming_order(sellers_hub)
        event = OrderCancelled(order_id=order.id, order_no=order.order_no, reason="other")

        await sellers_hub.hear(event, origin="cn-hgh", times=2)

        view = (await sellers_hub.http.get(f"/v1/orders/{order.id}")).json()
        assert (view["state"], view["cancelled_for"]) == ("cancelled", "other")
        assert await kinds(sellers_hub, order.id) == ["order-placed", "order-cancelled"]

    async def test_comes_to_the_right_state_when_the_order_itself_is_heard_last(
        self, sellers_hub: Running
    ) -> None:
        order = an_order()
        for said, hub, _ in reversed(JOURNEY):
            await sellers_hub.hear(said(order.id, order.order_no), origin=hub)

        unknown = await sellers_hub.http.get(f"/v1/orders/{order.id}")
        await sellers_hub.hear(order_placed(order), origin="cn-hgh")

        assert unknown.status_code == 404
        assert await state(sellers_hub, order.id) == "delivered"
        assert (await kinds(sellers_hub, order.id))[-1] == "order-placed"
        assert len(await kinds(sellers_hub, order.id)) == len(JOURNEY) + 1
        assert await sellers_hub.quarantined() == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"buyer_hub": "sg-sin"},
            {"seller_hub": "cn-hgh"},
            {"order_id": derived_id("ord", "my-kul", "ours")},
        ],
    )
    async def test_sets_aside_an_order_that_the_peer_may_not_announce(
        self, sellers_hub: Running, changes: dict[str, Any]
    ) -> None:
        await sellers_hub.hear(order_placed(**changes), origin="cn-hgh")

        assert [reason for reason, _ in await sellers_hub.quarantined()] == [
            "orders.not-their-order"
        ]


class TestConsolidations:
    @pytest.mark.parametrize("order_of_hearing", ["departure first", "arrival first"])
    async def test_tell_each_order_of_its_arrival_once(
        self, orders: Running, order_of_hearing: str
    ) -> None:
        order = await a_placed_order(orders)
        left = orders.envelope(departed(order["id"], order["order_no"]), key="c", origin="my-kul")
        came = orders.envelope(arrived(order["id"], order["order_no"]), key="c")
        heard = [left, came] if order_of_hearing == "departure first" else [came, left]

        for envelope in (*heard, *heard):
            await orders.deliver(envelope)
        await orders.hear(departed(order["id"], order["order_no"]), origin="my-kul")
        await orders.hear(arrived(order["id"], order["order_no"]))

        assert await kinds(orders, order["id"]) == [
            "order-placed",
            "parcel-departed",
            "parcel-arrived",
        ]

    async def test_of_fifteen_hundred_parcels_are_recorded_in_one_go(
        self, sellers_hub: Running
    ) -> None:
        known = an_order()
        await sellers_hub.hear(order_placed(known), origin="cn-hgh")
        parcels = tuple(
            pooled(derived_id("ord", "cn-hgh", str(n)), f"N{n}", f"KV{n}") for n in range(1_499)
        )
        event = departed(known.id, known.order_no)
        assert isinstance(event, ConsolidationDeparted)

        await sellers_hub.hear(event.model_copy(update={"parcels": (*event.parcels, *parcels)}))

        assert await state(sellers_hub, known.id) == "shipped"
        assert await sellers_hub.quarantined() == []
