"""Between the words of the API and the domain."""

from services.orders.domain.draft import Buyer, Line
from services.orders.domain.facts import Stage
from services.orders.domain.order import Order
from services.orders.usecases.drafting import problem_of
from services.orders.usecases.place_orders import Outcome
from shared.contracts.event import MoneyWords
from shared.contracts.orders.api import (
    BulkResult,
    BuyerWords,
    OrderView,
    ParcelStage,
)
from shared.contracts.orders.api import (
    Stage as StageWord,
)
from shared.contracts.orders.events import OrderLine

STAGE_WORDS: dict[Stage, StageWord] = {
    Stage.BOOKED: "booked",
    Stage.DEPARTED: "departed",
    Stage.CLEARED: "cleared",
    Stage.DELIVERED: "delivered",
    Stage.SENT_BACK: "sent-back",
    Stage.CANCELLED: "cancelled",
}


def order_view(order: Order, person: Buyer | None) -> OrderView:
    """Show an order, with its buyer only when one is passed."""
    amounts = order.amounts
    return OrderView(
        id=order.id,
        platform_code=order.platform_code,
        order_no=order.order_no,
        marketplace_id=order.marketplace_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        buyer_hub=order.buyer_hub,
        channel=order.channel,
        state=order.state.value,
        version=order.version,
        buyer=None if person is None else _buyer_words(person),
        buyer_token=order.buyer_token or None,
        goods=MoneyWords.of(amounts.goods),
        freight=MoneyWords.of(amounts.freight),
        tax=MoneyWords.of(amounts.tax),
        discount=MoneyWords.of(amounts.discount),
        paid=MoneyWords.of(amounts.paid),
        lines=tuple(line_words(line) for line in order.lines),
        parcels=[
            ParcelStage(logistics_no=number, stage=STAGE_WORDS[stage])
            for number, stage in sorted(order.parcels.items())
        ],
        cancelled_for=order.cancelled_for or None,
        amendment=order.amendment,
        placed_at=order.placed_at,
    )


def result_of(index: int, outcome: Outcome) -> BulkResult:
    """Say what became of one order of a bulk, as a single one's reply would."""
    return BulkResult(
        index=index,
        order_no=outcome.draft.order_no,
        order_id=None if outcome.order is None else outcome.order.id,
        problem=None if outcome.refusal is None else problem_of(outcome.refusal),
    )


def _buyer_words(person: Buyer) -> BuyerWords:
    return BuyerWords(
        id_number=person.id_number, name=person.name, phone=person.phone, address=person.address
    )


def line_words(line: Line) -> OrderLine:
    return OrderLine(
        line_no=line.line_no,
        sku=line.sku,
        gtin=line.gtin,
        description=line.description,
        hs_code=line.hs_code,
        origin=line.origin,
        quantity=line.quantity,
        unit_price=MoneyWords.of(line.unit_price),
        total_price=MoneyWords.of(line.total_price),
        net_weight_g=line.net_weight_g,
    )
