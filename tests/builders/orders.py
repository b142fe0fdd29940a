"""Orders with the scenario's figures: 58.00 goods, 12.00 freight, 6.37 tax, 76.37 CNY paid."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.orders.domain.draft import Amounts, Buyer, Draft, Line
from services.orders.domain.facts import SELLERS_HUB_SAYS, Fact, FactKind
from services.orders.domain.intake import IntakeRules
from services.orders.domain.order import Order
from shared.contracts.event import MoneyWords
from shared.contracts.orders.events import OrderLine, OrderPlaced
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

CN, MY = "cn-hgh", "my-kul"
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
SELLER = derived_id("mbr", MY, "seller")
MARKETPLACE = derived_id("mbr", CN, "tasik")
BUYER_TOKEN = "tok_" + "a" * 52
PERSONAL = ("330106190001010017", "Lin Shu", "13800000001", "1 Wensan Road, Hangzhou")


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def a_line(**changes: Any) -> Line:
    line = Line(
        line_no=1,
        sku="KV-3IN1-15",
        gtin="9556000000010",
        description="instant white coffee, 15 sachets of 38 g",
        hs_code="2101120000",
        origin="MY",
        quantity=1,
        unit_price=cny(5_800),
        total_price=cny(5_800),
        net_weight_g=570,
    )
    return replace(line, **changes)


def some_amounts(**changes: Any) -> Amounts:
    amounts = Amounts(
        goods=cny(5_800), freight=cny(1_200), tax=cny(637), discount=cny(0), paid=cny(7_637)
    )
    return replace(amounts, **changes)


def a_buyer(**changes: Any) -> Buyer:
    id_number, name, phone, address = PERSONAL
    person = Buyer(id_number=id_number, name=name, phone=phone, address=address)
    return replace(person, **changes)


def a_draft(**changes: Any) -> Draft:
    draft = Draft(
        platform_code="TASIK",
        order_no="TASIK-20260901-A001",
        channel="9610",
        seller_id=SELLER,
        seller_hub=MY,
        buyer=a_buyer(),
        amounts=some_amounts(),
        lines=(a_line(),),
    )
    return replace(draft, **changes)


def some_rules(**changes: Any) -> IntakeRules:
    rules = IntakeRules(hs_digits=10, id_scheme="cn-resident-id", hubs=frozenset({CN, MY}))
    return replace(rules, **changes)


def an_order(name: str = "A001", **changes: Any) -> Order:
    order = Order(
        id=derived_id("ord", CN, name),
        platform_code="TASIK",
        order_no=f"TASIK-20260901-{name}",
        marketplace_id=MARKETPLACE,
        seller_id=SELLER,
        seller_hub=MY,
        buyer_hub=CN,
        channel="9610",
        amounts=some_amounts(),
        lines=(a_line(),),
        placed_at=NOON,
    )
    return replace(order, **changes)


def a_fact(kind: FactKind, **changes: Any) -> Fact:
    """A fact about the order A001 and its parcel 1, said by the hub that can know it."""
    fact = Fact(
        kind=kind,
        order_id=an_order().id,
        hub=MY if kind in SELLERS_HUB_SAYS else CN,
        event_id=derived_id("evt", CN, kind.value),
        occurred_at=NOON,
        logistics_no="KV26090100001" if "parcel" in kind or "declaration" in kind else "",
        detail={"reason": "buyer-request"} if kind is FactKind.ORDER_CANCELLED else {},
    )
    return replace(fact, **changes)


def an_order_body(**changes: Any) -> dict[str, Any]:
    """The body of POST /v1/orders."""
    id_number, name, phone, address = PERSONAL
    return {
        "platform_code": "TASIK",
        "order_no": "TASIK-20260901-A001",
        "channel": "9610",
        "seller_id": SELLER,
        "seller_hub": MY,
        "buyer": {"id_number": id_number, "name": name, "phone": phone, "address": address},
        "goods": money(5_800),
        "freight": money(1_200),
        "tax": money(637),
        "discount": money(0),
        "paid": money(7_637),
        "lines": [a_line_body()],
        **changes,
    }


def a_line_body(**changes: Any) -> dict[str, Any]:
    return {
        "line_no": 1,
        "sku": "KV-3IN1-15",
        "gtin": "9556000000010",
        "description": "instant white coffee, 15 sachets of 38 g",
        "hs_code": "2101120000",
        "origin": "MY",
        "quantity": 1,
        "unit_price": money(5_800),
        "total_price": money(5_800),
        "net_weight_g": 570,
        **changes,
    }


def money(minor: int, currency: str = "CNY") -> dict[str, Any]:
    return {"amount_minor": minor, "currency": currency}


def order_placed(order: Order | None = None, **changes: Any) -> OrderPlaced:
    """OrderPlaced as the e-road brings it to the seller's hub: a token, and nothing personal."""
    placed = order or an_order()
    event = OrderPlaced(
        order_id=placed.id,
        order_no=placed.order_no,
        platform_code=placed.platform_code,
        marketplace_id=placed.marketplace_id,
        seller_id=placed.seller_id,
        seller_hub=placed.seller_hub,
        buyer_hub=placed.buyer_hub,
        channel=placed.channel,
        buyer_id_number=BUYER_TOKEN,
        goods=MoneyWords.of(placed.amounts.goods),
        freight=MoneyWords.of(placed.amounts.freight),
        tax=MoneyWords.of(placed.amounts.tax),
        discount=MoneyWords.of(placed.amounts.discount),
        paid=MoneyWords.of(placed.amounts.paid),
        lines=(OrderLine.model_validate(a_line_body()),),
        placed_at=placed.placed_at,
    )
    return event.model_copy(update=changes)
