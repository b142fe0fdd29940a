"""What marketplaces and peer hubs send, in the domain's terms; what became of it, in theirs."""

from services.orders.domain.draft import Amounts, Buyer, Draft, Line
from shared.contracts.operations import LineProblem
from shared.contracts.orders.api import PlaceOrder
from shared.contracts.orders.events import OrderLine, OrderPlaced
from shared.kernel.errors import Conflict, Rejected


def draft_of(words: PlaceOrder) -> Draft:
    person = words.buyer
    return Draft(
        platform_code=words.platform_code,
        order_no=words.order_no,
        channel=words.channel,
        seller_id=words.seller_id,
        seller_hub=words.seller_hub,
        buyer=Buyer(
            id_number=person.id_number,
            name=person.name,
            phone=person.phone,
            address=person.address,
        ),
        amounts=amounts_of(words),
        lines=tuple(line_of(line) for line in words.lines),
    )


def amounts_of(words: PlaceOrder | OrderPlaced) -> Amounts:
    return Amounts(
        goods=words.goods.money(),
        freight=words.freight.money(),
        tax=words.tax.money(),
        discount=words.discount.money(),
        paid=words.paid.money(),
    )


def line_of(words: OrderLine) -> Line:
    return Line(
        line_no=words.line_no,
        sku=words.sku,
        gtin=words.gtin,
        description=words.description,
        hs_code=words.hs_code,
        origin=words.origin,
        quantity=words.quantity,
        unit_price=words.unit_price.money(),
        total_price=words.total_price.money(),
        net_weight_g=words.net_weight_g,
    )


def problem_of(refusal: Rejected | Conflict) -> LineProblem:
    """Return a refusal in the words of one order among many."""
    return LineProblem(
        code=refusal.code,
        detail=refusal.message,
        field=refusal.field,
        customs_code=refusal.details.get("customs_code"),
    )
