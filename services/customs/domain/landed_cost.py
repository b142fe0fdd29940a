"""What an order costs its buyer once it is through customs, every figure with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.customs.domain.assessment import Assessment, Charge, Tax
from services.customs.domain.basis import Finding
from services.customs.domain.cbec import CbecRules, assess_cbec
from services.customs.domain.consignment import Consignment
from services.customs.domain.general_trade import GeneralTradeRules, assess_general_trade
from services.customs.domain.low_value import LowValueRules, assess_low_value
from services.customs.domain.personal_parcel import PersonalParcelRules, assess_personal_parcel
from shared.kernel.errors import Rejected
from shared.kernel.money import Money, total

Taxation = CbecRules | PersonalParcelRules | LowValueRules | GeneralTradeRules
"""How an import by one channel is taxed; each country's pack says which of its channels by what."""

UNVERIFIED = "unverified"


class ChannelUnknown(Rejected):
    """The destination's pack has no import by that channel."""

    code = "customs.channel-unknown"


class DiscountTooLarge(Rejected):
    """A discount takes off at most what goods, freight and insurance come to."""

    code = "customs.discount-too-large"
    help = "Send the discount in minor units, no larger than goods, freight and insurance together."


@dataclass(frozen=True, kw_only=True)
class LandedCost:
    """Goods, freight, insurance, discount, and the charges; refused when there are findings."""

    consignment: Consignment
    assessment: Assessment

    @property
    def charges(self) -> tuple[Charge, ...]:
        return self.assessment.charges

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.assessment.findings

    @property
    def tax(self) -> Money:
        return total([charge.amount for charge in self.charges], self.consignment.currency)

    @property
    def total(self) -> Money:
        """What the buyer pays: goods + freight + insurance + tax - discount."""
        everything = self.consignment.value_of(("goods", "freight", "insurance"))
        return everything + self.tax - self.consignment.discount

    @property
    def confidence(self) -> str:
        """`unverified` as soon as one rule behind the regime or a charge is."""
        behind = [*self.assessment.basis, *(b for charge in self.charges for b in charge.basis)]
        stated = {basis.confidence for basis in behind}
        return UNVERIFIED if UNVERIFIED in stated else "sourced"

    def of(self, tax: Tax) -> Money:
        """Return the sum of one kind of tax."""
        amounts = [charge.amount for charge in self.charges if charge.tax is tax]
        return total(amounts, self.consignment.currency)


def landed_cost(
    consignment: Consignment, taxation: Taxation, *, annual_used: Money | None = None
) -> LandedCost:
    """Work out an order's landed cost by the rules given.

    `annual_used`: what the buyer imported this year before, None when unknown here. Raises
    RateMissing for goods without a rate and CurrencyMismatch for another currency than the rules'.
    """
    match taxation:
        case CbecRules():
            assessment = assess_cbec(consignment, taxation, annual_used=annual_used)
        case PersonalParcelRules():
            assessment = assess_personal_parcel(consignment, taxation)
        case GeneralTradeRules():
            assessment = assess_general_trade(consignment, taxation)
        case LowValueRules():
            assessment = assess_low_value(consignment, taxation)
    return LandedCost(consignment=consignment, assessment=assessment)


def check_discount(consignment: Consignment) -> None:
    """Raise DiscountTooLarge for a discount after which the buyer would pay less than the tax."""
    most = consignment.value_of(("goods", "freight", "insurance"))
    if consignment.discount > most:
        raise DiscountTooLarge(
            f"a discount of {consignment.discount} is more than the {most} it is taken off",
            field="discount_minor",
            most_minor=most.minor,
        )


def taxation_of(channel: str, taxations: Mapping[str, Taxation]) -> Taxation:
    """Return how a channel is taxed, or raise ChannelUnknown."""
    if channel not in taxations:
        raise ChannelUnknown(
            f"nothing is imported by channel {channel}",
            field="channel",
            channels=sorted(taxations),
        )
    return taxations[channel]
