"""Carts over HTTP: what goods of the catalogue cost the buyer, duty and taxes included."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request

from services.orders.api.deps import IntakeRulebook
from services.orders.api.words import line_words
from services.orders.clients.landed_costs import LandedCosts
from services.orders.domain.draft import Line
from services.orders.store.tx import OrdersTx
from services.orders.usecases.fill_cart import fill_cart
from shared.contracts.customs.landed_costs import QuotedLine, QuoteLandedCost
from shared.contracts.event import MoneyWords
from shared.contracts.orders.catalogue import CartView, PriceCart
from shared.db.tx import Store
from shared.kernel.money import Money, total
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/carts", tags=["catalogue"], route_class=DoorRoute)


@router.post("/price", dependencies=[Depends(requires("orders:read"))])
async def price(
    body: PriceCart,
    request: Request,
    caller: Caller,
    rulebook: IntakeRulebook,
    authorization: Annotated[str, Header(include_in_schema=False)],
) -> CartView:
    """Price a cart from the caller's catalogue; nothing is kept, so it needs no key.

    The tax is customs' answer, asked with the caller's own token, which needs `customs:read`.
    """
    store: Store[OrdersTx] = request.app.state.store
    today = rulebook.today(store.clock.now())
    async with store.reading() as tx:  # closed before anybody else is asked
        await tx.narrow_to(caller.member_id)
        lines = await fill_cart(
            tx,
            pieces=[(line.sku, line.quantity) for line in body.lines],
            owner_id=caller.member_id,
            currency=body.currency,
            on=today,
        )
        country = tx.hub[:2].upper()
    costs: LandedCosts = request.app.state.landed_costs
    question = _question(body, lines, destination=country)
    landed = await costs.quote(question, authorization=authorization)
    goods = total([line.total_price for line in lines], body.currency)
    freight = Money(body.freight_minor, body.currency)
    discount = Money(body.discount_minor, body.currency)
    tax = landed.tax.money()
    return CartView(
        lines=tuple(line_words(line) for line in lines),
        goods=MoneyWords.of(goods),
        freight=MoneyWords.of(freight),
        tax=MoneyWords.of(tax),
        discount=MoneyWords.of(discount),
        paid=MoneyWords.of(goods + freight + tax - discount),
        landed_cost=landed,
    )


def _question(body: PriceCart, lines: list[Line], *, destination: str) -> QuoteLandedCost:
    return QuoteLandedCost(
        destination=destination,
        channel=body.channel,
        currency=body.currency,
        lines=tuple(
            QuotedLine(
                hs_code=line.hs_code,
                origin=line.origin,
                quantity=line.quantity,
                unit_price_minor=line.unit_price.minor,
                net_weight_g=line.net_weight_g,
            )
            for line in lines
        ),
        freight_minor=body.freight_minor,
        discount_minor=body.discount_minor,
    )
