"""What happens around logistics in its tests: who acts, what neighbours say, what is asked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx

from shared.contracts.customs.events import (
    DeclarationHeld,
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
from shared.contracts.orders.events import OrderCancelled, OrderLine, OrderPlaced
from shared.contracts.payments.events import PaymentCaptured, PaymentRefunded
from tests.builders.logistics import NOON, an_id
from tests.builders.running import Running

SELLER = an_id("mbr", "seller")
MARKETPLACE = an_id("mbr", "tasik", "cn-hgh")
FORWARDER = an_id("mbr", "forwarder")
STRANGER = an_id("mbr", "stranger")
BUYER = {"name": "Lin Shu", "phone": "13800000001", "address": "1 Wensan Road, Hangzhou"}
SEALS = ["MY000123", "MY000124"]
PROOF = "ab" * 32
PAID = MoneyWords(amount_minor=7_637, currency="CNY")


def order_id(name: str) -> str:
    return an_id("ord", name, "cn-hgh")


def cents(amount_minor: int, currency: str = "CNY") -> MoneyWords:
    return MoneyWords(amount_minor=amount_minor, currency=currency)


def placed(name: str = "1", **changes: Any) -> OrderPlaced:
    """An order as a peer hears it: a token in place of the buyer."""
    line = OrderLine(
        line_no=1,
        sku="KV-3IN1-15",
        description="white coffee",
        hs_code="2101120000",
        origin="MY",
        quantity=1,
        unit_price=cents(5_800),
        total_price=cents(5_800),
        net_weight_g=570,
    )
    values: dict[str, Any] = {
        "order_id": order_id(name),
        "order_no": f"TASIK-{name}",
        "platform_code": "TASIK",
        "marketplace_id": MARKETPLACE,
        "seller_id": SELLER,
        "seller_hub": "my-kul",
        "buyer_hub": "cn-hgh",
        "channel": "9610",
        "buyer_id_number": "buyer_tok_1",
        "goods": cents(5_800),
        "freight": cents(1_200),
        "tax": cents(637),
        "discount": cents(0),
        "paid": PAID,
        "lines": (line,),
        "placed_at": NOON,
    }
    return OrderPlaced(**{**values, **changes})


def cancelled(name: str = "1") -> OrderCancelled:
    return OrderCancelled(order_id=order_id(name), order_no=f"TASIK-{name}", reason="buyer")


def captured(name: str = "1") -> PaymentCaptured:
    return PaymentCaptured(
        payment_id=an_id("pay", name, "cn-hgh"),
        pay_transaction_id=f"P{name}",
        order_id=order_id(name),
        order_no=f"TASIK-{name}",
        amount=PAID,
        captured_at=NOON,
    )


def refunded(name: str = "1", amount: MoneyWords = PAID) -> PaymentRefunded:
    return PaymentRefunded(
        payment_id=an_id("pay", name, "cn-hgh"),
        order_id=order_id(name),
        order_no=f"TASIK-{name}",
        amount=amount,
        reason="test",
    )


def answered(name: str = "1", verdict: str = "accepted") -> PreClearanceAnswered:
    return PreClearanceAnswered(
        order_id=order_id(name),
        order_no=f"TASIK-{name}",
        verdict=verdict,
        pack_hash="sha256:0",
    )


async def tell(hub: Running, event: Event, *, times: int = 1) -> None:
    """Deliver what a neighbour says, from the hub where it is said in the story."""
    said_at = {"orders": "cn-hgh", "payments": "cn-hgh", "customs": hub.hub, "logistics": ""}
    assert said_at[event.service()], "logistics speaks for itself: use carry"
    await hub.hear(event, key=event.wire_name, origin=said_at[event.service()], times=times)


async def bookable(origin: Running, name: str = "1", **changes: Any) -> None:
    """Let the origin hear of an order, its clearance and its money."""
    for event in (placed(name, **changes), answered(name), captured(name)):
        await tell(origin, event)


def acting_as(hub: Running, member_id: str, *scopes: str, kind: str = "seller") -> dict[str, str]:
    """Headers of a member with these scopes of logistics."""
    wanted = [f"logistics:{scope}" for scope in scopes or ("read", "write")]
    return {"Authorization": f"Bearer {hub.office.token(*wanted, member_id=member_id, kind=kind)}"}


async def book(origin: Running, name: str = "1", **changes: Any) -> httpx.Response:
    body = {
        "order_id": order_id(name),
        "gross_weight_g": 720,
        "length_mm": 220,
        "width_mm": 160,
        "height_mm": 90,
        **changes,
    }
    return await origin.post("/v1/parcels", body, headers=acting_as(origin, SELLER))


async def booked(origin: Running, *names: str, **changes: Any) -> list[dict[str, Any]]:
    """Parcels that were booked for orders of these names."""
    parcels = []
    for name in names:
        await bookable(origin, name)
        reply = await book(origin, name, **changes)
        assert reply.status_code == 201, reply.text
        parcels.append(reply.json())
    return parcels


async def opened(hub: Running, **changes: Any) -> dict[str, Any]:
    """A consolidation that takes parcels for the next hour."""
    reply = await ask_to_open(hub, **changes)
    assert reply.status_code == 201, reply.text
    return dict(reply.json())


async def ask_to_open(hub: Running, **changes: Any) -> httpx.Response:
    body = {
        "origin": "MYKUL",
        "destination": "CNHGH",
        "destination_hub": "cn-hgh",
        "master_waybill": "232-12345675",
        "unit_no": "AKE12345MH",
        "cut_off_at": (hub.clock.now() + timedelta(hours=1)).isoformat(),
        "price_per_kg": {"amount_minor": 1_400, "currency": "MYR"},
        **changes,
    }
    headers = acting_as(hub, FORWARDER, kind="agent")
    return await hub.post("/v1/consolidations", body, headers=headers)


async def do(
    origin: Running, consolidation: dict[str, Any], deed: str, body: Any = None
) -> httpx.Response:
    """Ask for something to be done with a consolidation, as its forwarder."""
    headers = acting_as(origin, FORWARDER, kind="agent")
    return await origin.post(
        f"/v1/consolidations/{consolidation['id']}/{deed}", body or {}, headers=headers
    )


async def now_is(origin: Running, consolidation: dict[str, Any]) -> dict[str, Any]:
    headers = acting_as(origin, FORWARDER, kind="agent")
    path = f"/v1/consolidations/{consolidation['id']}"
    return dict((await origin.http.get(path, headers=headers)).json())


async def parcel_now(origin: Running, parcel: dict[str, Any]) -> dict[str, Any]:
    return dict((await origin.http.get(f"/v1/parcels/{parcel['id']}")).json())


async def sealed(
    origin: Running, *names: str, **changes: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A sealed consolidation and the parcels in it."""
    parcels = await booked(origin, *names, **changes)
    consolidation = await opened(origin)
    pooled = await do(
        origin, consolidation, "parcels", {"parcel_ids": [parcel["id"] for parcel in parcels]}
    )
    assert [line["pooled"] for line in pooled.json()["lines"]] == [True] * len(parcels)
    reply = await do(origin, consolidation, "seal", {"seals": SEALS})
    assert reply.status_code == 200, reply.text
    return dict(reply.json()), parcels


def released_for_export(
    consolidation: dict[str, Any], parcels: Sequence[dict[str, Any]]
) -> ExportReleased:
    fob = cents(5_800)
    return ExportReleased(
        declaration_id=an_id("dec", "export"),
        form="K2",
        consolidation_id=consolidation["id"],
        master_waybill=consolidation["master_waybill"],
        lines=(ExportLine(hs_code="2101120000", quantity=1, net_weight_g=570, fob=fob),),
        parcels=tuple(
            ExportParcel(
                parcel_id=parcel["id"],
                logistics_no=parcel["logistics_no"],
                order_id=parcel["order_id"],
                order_no=parcel["order_no"],
                gross_weight_g=parcel["gross_weight_g"],
                net_weight_g=570,
                fob=fob,
            )
            for parcel in parcels
        ),
        fob_total=cents(5_800 * len(parcels)),
        released_at=NOON,
    )


async def departed(
    origin: Running, *names: str, **changes: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A consolidation under way and the parcels in it."""
    consolidation, parcels = await sealed(origin, *names, **changes)
    await tell(origin, released_for_export(consolidation, parcels))
    reply = await do(origin, consolidation, "depart")
    assert reply.status_code == 200, reply.text
    return dict(reply.json()), parcels


def declared(parcel: dict[str, Any], word: str) -> Event:
    """What customs at the destination says of a parcel."""
    of = {
        "declaration_id": an_id("dec", parcel["logistics_no"], "cn-hgh"),
        "order_id": parcel["order_id"],
        "order_no": parcel["order_no"],
        "logistics_no": parcel["logistics_no"],
    }
    if word == "released":
        return DeclarationReleased(**of, tax=cents(637), tax_bill_no="T1", released_at=NOON)
    if word == "sent_back":
        return DeclarationSentBack(**of, reason="prohibited")
    if word == "held":
        return DeclarationHeld(**of, status="500", reason="inspected")
    finding = Finding(code="C11", field="consignee_phone", remedy="correct the waybill")
    return DeclarationReturned(**of, status="100", findings=(finding,))


async def carry(here: Running, there: Running, *, times: int = 1, since: int = 0) -> int:
    """Deliver what `here` said to `there`, as the e-road would; return how much was said."""
    said = await here.envelopes()
    for envelope in said[since:]:
        if there.hub in envelope.audience.split(","):
            for _ in range(times):
                await there.deliver(envelope)
    return len(said)


async def inbound_now(destination: Running, parcel: dict[str, Any]) -> dict[str, Any]:
    reply = await destination.http.get(f"/v1/inbound-parcels/{parcel['logistics_no']}")
    return dict(reply.json())


async def unit_does(
    destination: Running, consolidation: dict[str, Any], deed: str, body: Any = None
) -> httpx.Response:
    path = f"/v1/inbound-consolidations/{consolidation['id']}/{deed}"
    return await destination.post(path, body or {})


async def inbound_does(
    destination: Running, parcel: dict[str, Any], deed: str, body: Any
) -> httpx.Response:
    return await destination.post(f"/v1/inbound-parcels/{parcel['logistics_no']}/{deed}", body)


async def deliver(destination: Running, parcel: dict[str, Any]) -> httpx.Response:
    return await inbound_does(destination, parcel, "deliver", {"proof_sha256": PROOF})
