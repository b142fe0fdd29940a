"""What only the buyer's hub can look at: the buyer's year, and whether the buyer paid.

The answer that leaves is yes or no with a code; neither identity nor amounts go with it.
"""

from collections.abc import Sequence

from services.customs.domain.admission import Rates, consignment_of
from services.customs.domain.basis import Finding
from services.customs.domain.cbec import CbecRules, annual_findings
from services.customs.domain.documents import OrderDocument, PaymentDocument
from services.customs.domain.import_rules import ImportRules
from services.customs.domain.matching import payer_findings
from shared.kernel.money import Money

ANNUAL_LIMIT, PAYER = "annual-limit", "payer"


def check_buyer(
    order: OrderDocument,
    payment: PaymentDocument | None,
    rules: ImportRules,
    *,
    annual_used: Money,
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return what could be checked of the buyer, and what is wrong.

    `annual_used` is what the buyer imported this year before this order.
    """
    checked = [ANNUAL_LIMIT]
    findings = list(_annual(order, rules, annual_used))
    if payment is not None:
        checked.append(PAYER)
        findings.extend(payer_findings(order.orderer, payment.payer, rules.identity))
    return tuple(checked), tuple(findings)


def dutiable_of(order: OrderDocument, rules: CbecRules) -> Money:
    """Return what counts to the buyer's year."""
    no_rates: Rates = {line.line_no: {} for line in order.lines}
    return consignment_of(order, no_rates).value_of(rules.parts)


def _annual(order: OrderDocument, rules: ImportRules, used: Money) -> Sequence[Finding]:
    taxation = rules.taxations.get(order.channel)
    if not isinstance(taxation, CbecRules) or order.goods.currency != used.currency:
        return ()
    dutiable = dutiable_of(order, taxation)
    return annual_findings(dutiable, taxation.annual_limit, annual_used=used)
