"""Order A-001 of the scenario as payments meets it: events of neighbours, requests of callers."""

from datetime import UTC, datetime
from typing import Any

import httpx

from shared.contracts.customs.events import DeclarationReleased, DeclarationSentBack
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import (
    FreightShare,
    FreightShared,
    ParcelBooked,
    ParcelDelivered,
)
from shared.contracts.orders.events import OrderCancelled, OrderLine, OrderPlaced
from shared.contracts.payments.events import ProceedsReclaimed, ProceedsReleased
from shared.kernel.ids import derived_id
from tests.builders.running import Running

CN, MY = "cn-hgh", "my-kul"
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
SELLER = derived_id("mbr", MY, "seller")
MARKETPLACE = derived_id("mbr", CN, "a member")
ORDER = derived_id("ord", CN, "A-001")
ORDER_NO = "TASIK-20260901-A001"
LOGISTICS_NO = "KV26090100001"


def cny(minor: int) -> MoneyWords:
    return MoneyWords(amount_minor=minor, currency="CNY")


def myr(minor: int) -> MoneyWords:
    return MoneyWords(amount_minor=minor, currency="MYR")


def order_placed(**changes: Any) -> OrderPlaced:
    """58.00 goods, 12.00 freight, 6.37 tax: 76.37 paid."""
    line = OrderLine(
        line_no=1,
        sku="KV-3IN1-15",
        description="Kinta Valley coffee",
        hs_code="2101120000",
        origin="MY",
        quantity=1,
        unit_price=cny(5800),
        total_price=cny(5800),
        net_weight_g=570,
    )
    values: dict[str, Any] = {
        "order_id": ORDER,
        "order_no": ORDER_NO,
        "platform_code": "TASIK",
        "marketplace_id": MARKETPLACE,
        "seller_id": SELLER,
        "seller_hub": MY,
        "buyer_hub": CN,
        "channel": "9610",
        "buyer_id_number": "330106190001010017",
        "goods": cny(5800),
        "freight": cny(1200),
        "tax": cny(637),
        "discount": cny(0),
        "paid": cny(7637),
        "lines": (line,),
        "placed_at": NOON,
    }
    return OrderPlaced(**{**values, **changes})


def order_of_three() -> OrderPlaced:
    """Three lines of 33.33, 33.33 and 33.34, 10.00 freight, 9.10 tax: 119.10 paid."""
    lines = tuple(
        OrderLine(
            line_no=no,
            sku=f"KV-{no}",
            description="Kinta Valley coffee",
            hs_code="2101120000",
            origin="MY",
            quantity=1,
            unit_price=cny(price),
            total_price=cny(price),
            net_weight_g=570,
        )
        for no, price in ((1, 3333), (2, 3333), (3, 3334))
    )
    return order_placed(
        goods=cny(10000), freight=cny(1000), tax=cny(910), paid=cny(11910), lines=lines
    )


def order_cancelled() -> OrderCancelled:
    return OrderCancelled(order_id=ORDER, order_no=ORDER_NO, reason="out-of-stock")


def parcel_booked(logistics_no: str = LOGISTICS_NO, **changes: Any) -> ParcelBooked:
    return ParcelBooked(
        parcel_id=derived_id("pcl", MY, logistics_no),
        logistics_no=logistics_no,
        order_id=ORDER,
        order_no=ORDER_NO,
        seller_id=SELLER,
        destination_hub=CN,
        gross_weight_g=720,
        length_mm=220,
        width_mm=160,
        height_mm=90,
        packages=1,
        **changes,
    )


def parcel_delivered(logistics_no: str = LOGISTICS_NO) -> ParcelDelivered:
    return ParcelDelivered(
        parcel_id=derived_id("pcl", MY, logistics_no),
        logistics_no=logistics_no,
        order_id=ORDER,
        order_no=ORDER_NO,
        delivered_at=NOON,
        proof_sha256="0" * 64,
    )


def declaration_released(logistics_no: str = LOGISTICS_NO, **changes: Any) -> DeclarationReleased:
    values: dict[str, Any] = {
        "declaration_id": derived_id("dcl", CN, logistics_no),
        "order_id": ORDER,
        "order_no": ORDER_NO,
        "logistics_no": logistics_no,
        "tax": cny(637),
        "tax_bill_no": "T-1",
        "released_at": NOON,
    }
    return DeclarationReleased(**{**values, **changes})


def declaration_sent_back(logistics_no: str = LOGISTICS_NO) -> DeclarationSentBack:
    return DeclarationSentBack(
        declaration_id=derived_id("dcl", CN, logistics_no),
        order_id=ORDER,
        order_no=ORDER_NO,
        logistics_no=logistics_no,
        reason="inspection-700",
    )


def proceeds_released(name: str = "A-001", **changes: Any) -> ProceedsReleased:
    values: dict[str, Any] = {
        "order_id": ORDER,
        "order_no": ORDER_NO,
        "seller_id": SELLER,
        "creditor_hub": MY,
        "amount": cny(6710),
        "commission": cny(290),
        "tax": cny(637),
        "transfer_id": derived_id("trf", CN, name),
    }
    return ProceedsReleased(**{**values, **changes})


def proceeds_reclaimed(**changes: Any) -> ProceedsReclaimed:
    values: dict[str, Any] = {
        "order_id": ORDER,
        "order_no": ORDER_NO,
        "seller_id": SELLER,
        "debtor_hub": MY,
        "amount": cny(5800),
        "reason": "buyer-asked",
        "transfer_id": derived_id("trf", CN, "reclaimed"),
    }
    return ProceedsReclaimed(**{**values, **changes})


def freight_shared(*amounts: int) -> FreightShared:
    shares = tuple(
        FreightShare(
            parcel_id=derived_id("pcl", MY, str(n)),
            order_id=derived_id("ord", CN, str(n)),
            seller_id=SELLER,
            amount=myr(amount),
        )
        for n, amount in enumerate(amounts)
    )
    return FreightShared(
        consolidation_id=derived_id("con", MY, "1"), total=myr(sum(amounts)), shares=shares
    )


async def authorise(at: Running, key: str | None = None, **changes: Any) -> httpx.Response:
    body = {
        "order_id": ORDER,
        "amount": {"amount_minor": 7637, "currency": "CNY"},
        "pay_transaction_id": "P260901000001",
        "payer_id_number": "330106190001010017",
        "payer_name": "Zhang San",
        **changes,
    }
    return await at.post("/v1/payments", body, headers={"Idempotency-Key": key} if key else {})


async def captured(at: Running) -> dict[str, Any]:
    """An order that is known and paid."""
    await at.hear(order_placed(), key=ORDER)
    reply = await authorise(at)
    assert reply.status_code == 201, reply.text
    reply = await at.post(f"/v1/payments/{reply.json()['id']}/capture", {})
    assert reply.status_code == 200, reply.text
    return reply.json()  # type: ignore[no-any-return]


async def tick(at: Running) -> None:
    """Let every timer run once."""
    for timer in at.service.timers:
        async with at.service.store.transaction() as tx:
            await timer.work(tx)


async def balance(at: Running, code: str, currency: str = "CNY") -> int:
    """The balance of an account, zero when nothing was ever posted to it."""
    reply = await at.http.get(f"/v1/accounts/{code}")
    if reply.status_code == 404:
        return 0
    found = {each["currency"]: each["balance"] for each in reply.json()["balances"]}
    return int(found.get(currency, 0))


async def check(at: Running) -> dict[str, Any]:
    """The ledger's own check, which must find nothing."""
    reply = await at.http.get("/v1/ledger/check")
    assert reply.status_code == 200, reply.text
    report: dict[str, Any] = reply.json()
    assert report["is_sound"], report["findings"]
    assert not any(report["sums"].values()), report["sums"]
    return report
