"""The destination's rules, run on an order at the origin before anything is packed.

The origin sees no personal data: the buyer is a token, so the payer can be compared only where
both are tokens, and the buyer's year only where somebody who knows it gives it in.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.customs.domain.admission import Rates, admit
from services.customs.domain.basis import Finding
from services.customs.domain.documents import OrderDocument, Person
from services.customs.domain.import_rules import ImportRules
from services.customs.domain.landed_cost import LandedCost
from services.customs.domain.matching import payer_findings
from shared.kernel.money import Money


class Verdict(StrEnum):
    """Whether packing makes sense."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class PreClearance:
    """The answer, the exact rules it rests on, and what could not be looked at here."""

    findings: tuple[Finding, ...]
    unchecked: tuple[str, ...]
    pack_digest: str
    cost: LandedCost | None

    @property
    def verdict(self) -> Verdict:
        return Verdict.REFUSED if self.findings else Verdict.ACCEPTED


@dataclass(frozen=True, kw_only=True)
class BuyerCheck:
    """What the buyer's own hub found out about the buyer: yes or no, never who or how much."""

    version: int
    checked: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class OrderAnswer:
    """The standing answer for one order: what was found here, and what the buyer's hub added.

    Either may come first; there is no verdict before the order itself was looked at.
    """

    order_id: str
    order_no: str
    seller_id: str = ""
    marketplace_id: str = ""
    version: int = 0
    answered_at: datetime | None = None
    tax: Money | None = None
    own: PreClearance | None = None
    buyer: BuyerCheck | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        own = self.own.findings if self.own else ()
        return (*own, *(self.buyer.findings if self.buyer else ()))

    @property
    def unchecked(self) -> tuple[str, ...]:
        own = self.own.unchecked if self.own else ()
        checked = self.buyer.checked if self.buyer else ()
        return tuple(name for name in own if name not in checked)

    @property
    def verdict(self) -> Verdict | None:
        if self.own is None:
            return None
        return Verdict.REFUSED if self.findings else Verdict.ACCEPTED

    def with_buyer(self, check: BuyerCheck) -> "OrderAnswer":
        """Take in what the buyer's hub says; an older word changes nothing."""
        if self.buyer is not None and check.version <= self.buyer.version:
            return self
        return replace(self, buyer=check)

    def says_the_same_as(self, other: "OrderAnswer") -> bool:
        return (self.verdict, self.findings) == (other.verdict, other.findings)


def preclear(
    order: OrderDocument,
    rules: ImportRules,
    rates: Rates,
    *,
    annual_used: Money | None = None,
    payer: Person | None = None,
) -> PreClearance:
    """Answer what the destination would say of this order as far as it is known here."""
    admission = admit(order, rules, rates, annual_used=annual_used)
    unchecked = ["annual-limit"] if annual_used is None else []
    findings = list(admission.findings)
    if payer is None:
        unchecked.append("payer")
    else:
        findings.extend(payer_findings(order.orderer, payer, rules.identity))
    return PreClearance(
        findings=tuple(findings),
        unchecked=tuple(unchecked),
        pack_digest=rules.pack_digest,
        cost=admission.cost,
    )
