"""Is a certificate of origin worth it? The answer in money, by scheme and channel.

A preference lowers the tariff; where the tariff is zero already, a certificate saves nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.customs.domain.basis import Basis
from services.customs.domain.consignment import Consignment, Proof
from services.customs.domain.general_trade import GeneralTradeRules
from services.customs.domain.landed_cost import LandedCost, Taxation, landed_cost
from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class OriginScheme:
    """A trade agreement as the origin's law has it: its certificate, who issues it, its price."""

    scheme: str
    certificate: str
    issuer: str
    fee: Money | None
    days: int
    basis: Basis


@dataclass(frozen=True, kw_only=True)
class OriginAdvice:
    """What a certificate would save beside the proofs already held, before its fee."""

    scheme: OriginScheme
    tax_without: Money
    tax_with: Money
    saving_in_fee_currency: Money | None

    @property
    def saving(self) -> Money:
        return self.tax_without - self.tax_with

    @property
    def is_worth_it(self) -> bool:
        """Without a known price any saving is worth it; the price must be less than it saves."""
        fee = self.scheme.fee
        if fee is None or fee.minor == 0 or self.saving_in_fee_currency is None:
            return self.saving.minor > 0
        return fee < self.saving_in_fee_currency


def advise(
    consignment: Consignment,
    taxation: Taxation,
    schemes: Sequence[OriginScheme],
    *,
    in_fee_currency: Callable[[Money], Money | None],
) -> list[OriginAdvice]:
    """Return what each of the origin's schemes would save, the best first.

    `in_fee_currency` turns a saving into the currency in which certificates are paid for.
    """
    plain = landed_cost(consignment, taxation)
    found = []
    for scheme in schemes:
        with_it = _with(consignment, taxation, scheme, plain)
        found.append(
            OriginAdvice(
                scheme=scheme,
                tax_without=plain.tax,
                tax_with=with_it.tax,
                saving_in_fee_currency=in_fee_currency(plain.tax - with_it.tax),
            )
        )
    return sorted(found, key=lambda one: (-one.saving.minor, one.scheme.scheme))


def _with(
    consignment: Consignment, taxation: Taxation, scheme: OriginScheme, plain: LandedCost
) -> LandedCost:
    """A channel that levies no tariff, or at a share of the general one, takes no certificate."""
    if not isinstance(taxation, GeneralTradeRules):
        return plain
    proof = Proof(scheme=scheme.scheme, issued_on=taxation.on)
    lines = tuple(replace(line, proofs=(*line.proofs, proof)) for line in consignment.lines)
    return landed_cost(replace(consignment, lines=lines), taxation)
