"""Let the exchange houses compete for a seller's wish, and lock the best offer for a while."""

from collections.abc import Mapping, Sequence

from services.payments.domain.quote import (
    Amounts,
    FxProvider,
    Quote,
    QuoteState,
    Wish,
    best,
    price,
)
from services.payments.domain.rates import Cross, Mid, check_age, check_move, cross_rate
from services.payments.store.tx import PaymentsTx
from shared.reference.currencies import digits_of


async def request_quote(
    tx: PaymentsTx, *, seller_id: str, wish: Wish, mids: Sequence[Mid], houses: Sequence[FxProvider]
) -> Quote:
    """Return the locked quote; raises RateMissing, RateStale, RateMoved or AmountTooSmall."""
    source, target = wish.source_currency, wish.target_currency
    digits = {currency: digits_of(currency) for currency in (source, target)}
    cross = cross_rate(mids, source=source, target=target)
    check_age(cross, now=tx.now, age_max=tx.rules.rate_age_max)
    last = await tx.quotes.last_of(source, target)
    if last is not None:
        before = cross_rate(last.legs, source=source, target=target)
        check_move(cross, before, move_bp_max=tx.rules.rate_move_bp_max)
    house, amounts = best(wish, _offers(tx, wish, cross, houses, digits))
    quote = Quote(
        id=tx.ids.new("fxq"),
        seller_id=seller_id,
        provider=house.name,
        is_simulated=house.is_simulated,
        fix=wish.fix,
        source_currency=source,
        target_currency=target,
        amounts=amounts,
        spread_bp=house.spread_bp,
        rounding=tx.rules.exchange_fee.rounding,
        rate=cross.shown(),
        legs=cross.legs,
        state=QuoteState.OPEN,
        created_at=tx.now,
        expires_at=tx.now + tx.rules.quote_lifetime,
    )
    await tx.quotes.add(quote)
    return quote


def _offers(
    tx: PaymentsTx,
    wish: Wish,
    cross: Cross,
    houses: Sequence[FxProvider],
    digits: Mapping[str, int],
) -> list[tuple[FxProvider, Amounts]]:
    return [
        (house, price(wish, cross=cross, provider=house, rules=tx.rules, digits=digits))
        for house in houses
    ]
