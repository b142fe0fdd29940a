"""The destination's rules, run on an order at the origin before anything is packed.

The origin sees no personal data: the buyer is a token, so the payer can be compared only where
both are tokens, and the buyer's year only where somebody who knows it gives it in.
"""

from dataclasses import dataclass
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
