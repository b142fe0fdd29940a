"""Answer what goods would cost in a country, by its rules of a day."""

from dataclasses import dataclass, replace
from datetime import date

from services.customs.domain.consignment import Consignment
from services.customs.domain.landed_cost import (
    LandedCost,
    check_discount,
    landed_cost,
    taxation_of,
)
from services.customs.store.tx import CustomsTx
from services.customs.usecases.draw_quotas import offer_quotas
from shared.kernel.codes import check_hs
from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A landed cost, the day it is for and the exact rules it rests on."""

    destination: str
    on: date
    pack_digest: str
    cost: LandedCost


async def quote_landed_cost(
    tx: CustomsTx,
    *,
    destination: str,
    channel: str,
    consignment: Consignment,
    annual_used: Money | None,
    on: date | None,
) -> Quote:
    """Work out a landed cost, or raise what forbids it.

    CodeInvalid for a goods code of another length, ChannelUnknown, RateMissing, CurrencyMismatch,
    DiscountTooLarge.
    """
    check_discount(consignment)
    day = on or tx.rulebook.day_of(destination, tx.now)
    rules = tx.rulebook.import_rules(destination, on=day)
    for line in consignment.lines:
        check_hs(line.hs_code, digits=rules.hs_digits, field=f"lines[{line.line_no}].hs_code")
    rates = tx.rulebook.rates(destination, consignment.lines, on=day)
    quotas = await offer_quotas(tx, consignment.lines, country=destination, on=day)
    lines = tuple(
        replace(line, rates=rates[line.line_no], quota=quotas.get(line.line_no))
        for line in consignment.lines
    )
    cost = landed_cost(
        replace(consignment, lines=lines),
        taxation_of(channel, rules.taxations),
        annual_used=annual_used,
    )
    return Quote(destination=destination, on=day, pack_digest=rules.pack_digest, cost=cost)
