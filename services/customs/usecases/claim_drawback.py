"""Claim duty back on imported goods that left again: granted, it is evidence for payments."""

from dataclasses import dataclass
from datetime import date

from services.customs.domain.drawback import DrawbackDecision, decide_drawback, end_of, months_after
from services.customs.domain.export import ExportState
from services.customs.domain.rebate import Scheme
from services.customs.store.tx import CustomsTx
from shared.contracts.customs.events import RebateEvidenced
from shared.contracts.event import MoneyWords
from shared.kernel.errors import Conflict
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

SCHEMES = {"drawback.as-is": Scheme.MY_AS_IS, "drawback.manufacture": Scheme.MY_MANUFACTURE}


class NotDeparted(Conflict):
    """Drawback is for goods that have left."""

    code = "customs.not-departed"


@dataclass(frozen=True, kw_only=True)
class DrawbackClaim:
    """What the claimant says: which duty was paid when, and by which export the goods left."""

    scheme: str
    seller_id: str
    declaration_id: str
    receipt_no: str
    duty_paid: Money
    paid_on: date
    exported_on: date


async def claim_drawback(tx: CustomsTx, claim: DrawbackClaim) -> tuple[DrawbackDecision, str]:
    """Decide a claim by the rules of the day of export; a granted one is said once."""
    export = await tx.exports.get(claim.declaration_id)
    if export.state is not ExportState.DEPARTED:
        raise NotDeparted(f"export declaration {export.id} is {export.state.value}")
    today = tx.rulebook.day_of(tx.country, tx.now)
    rules = tx.rulebook.drawback(tx.country, claim.scheme, on=claim.exported_on)
    decision = decide_drawback(
        claim.duty_paid,
        paid_on=claim.paid_on,
        exported_on=claim.exported_on,
        claimed_on=today,
        rules=rules,
    )
    name = f"{claim.declaration_id}/{claim.seller_id}/{claim.receipt_no}"
    case_id = derived_id("dbk", tx.hub, name)
    if decision.is_granted and await tx.rebates.note_claim(case_id, seller_id=claim.seller_id):
        event = RebateEvidenced(
            case_id=case_id,
            scheme=SCHEMES[claim.scheme].value,
            seller_id=claim.seller_id,
            declaration_id=export.id,
            amount=MoneyWords.of(decision.amount),
            evidence=(f"{export.forms[0]} {export.id}", f"duty receipt {claim.receipt_no}"[:100]),
            claim_by=end_of(months_after(claim.exported_on, rules.claim_within_months)),
            evidenced_at=tx.now,
        )
        await tx.emit(event, key=case_id)
    return decision, case_id
