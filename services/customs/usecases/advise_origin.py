"""Answer whether a certificate of origin is worth its cost, by a country's rules of a day."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from services.customs.domain.consignment import Consignment
from services.customs.domain.landed_cost import taxation_of
from services.customs.domain.origin import OriginAdvice, advise
from services.customs.store.tx import CustomsTx
from shared.kernel.codes import check_hs
from shared.kernel.errors import Rejected
from shared.kernel.money import Money
from shared.packs.errors import PackMissing


class OriginsMixed(Rejected):
    """A certificate of origin covers goods of one country."""

    code = "customs.origins-mixed"


@dataclass(frozen=True, kw_only=True)
class AdviceGiven:
    """The agreements that fit, the day they are for and the exact rules."""

    on: date
    pack_digest: str
    options: tuple[OriginAdvice, ...]


def advise_origin(
    tx: CustomsTx, *, destination: str, channel: str, consignment: Consignment, on: date | None
) -> AdviceGiven:
    """Compare the tax with and without each agreement; raises what a landed cost raises."""
    day = on or tx.rulebook.day_of(destination, tx.now)
    rules = tx.rulebook.import_rules(destination, on=day)
    for line in consignment.lines:
        check_hs(line.hs_code, digits=rules.hs_digits, field=f"lines[{line.line_no}].hs_code")
    rates = tx.rulebook.rates(destination, consignment.lines, on=day)
    lines = tuple(replace(line, rates=rates[line.line_no]) for line in consignment.lines)
    origins = {line.origin for line in lines}
    if len(origins) > 1:
        raise OriginsMixed("a certificate covers goods of one origin", field="lines")
    options = advise(
        replace(consignment, lines=lines),
        taxation_of(channel, rules.taxations),
        tx.rulebook.origin_schemes(origins.pop(), destination=destination, on=day),
        in_fee_currency=_converter(tx, lines[0].origin, day),
    )
    return AdviceGiven(on=day, pack_digest=rules.pack_digest, options=tuple(options))


def _converter(tx: CustomsTx, origin: str, on: date) -> Callable[[Money], Money | None]:
    """Savings are weighed in the origin's currency, by the rates of its customs."""
    try:
        rates = tx.rulebook.customs_rates(origin, on=on)
    except PackMissing:
        rates = None
    return (lambda saving: saving) if rates is None else rates.local
