"""Say what became of an import declaration, to this hub and to the seller's."""

from services.customs.domain.basis import Finding as DomainFinding
from services.customs.domain.declaration import Declaration
from services.customs.domain.status import HELD, Status
from services.customs.store.tx import CustomsTx
from shared.contracts.customs.events import (
    DeclarationAccepted,
    DeclarationHeld,
    DeclarationReleased,
    DeclarationReturned,
    DeclarationSentBack,
    Finding,
)
from shared.contracts.event import Event, MoneyWords

FINDINGS_MAX = 99


async def announce(tx: CustomsTx, declaration: Declaration) -> None:
    """Say the status the declaration has just reached, where others want to know it.

    A parcel declared by a list has no order at any hub: the receipt is its only answer.
    """
    event = _event(declaration) if declaration.seller_hub else None
    if event is not None:
        await tx.emit(
            event,
            key=declaration.id,
            audience=(declaration.seller_hub,),
            sequence=declaration.version,
        )


def finding_words(findings: tuple[DomainFinding, ...]) -> tuple[Finding, ...]:
    """Return findings as events carry them; there is room for the first 99."""
    return tuple(
        Finding(code=f.code, field=f.field, documents=f.documents, remedy=f.remedy)
        for f in findings[:FINDINGS_MAX]
    )


def _event(declaration: Declaration) -> Event | None:
    named = {
        "declaration_id": declaration.id,
        "order_id": declaration.order_id,
        "order_no": declaration.order_no,
        "logistics_no": declaration.logistics_no,
    }
    step = declaration.history[-1]
    match declaration.status:
        case Status.RETURNED:
            findings = finding_words(declaration.findings)
            return DeclarationReturned(
                **named,
                status=str(declaration.status.value),
                findings=findings,
                answer_by=declaration.deadline,
            )
        case Status.ACCEPTED:
            return DeclarationAccepted(**named)
        case Status.RELEASED:
            bill = declaration.tax_bill
            assert bill is not None, "a released declaration has its tax bill"
            relieved = declaration.relieved
            return DeclarationReleased(
                **named,
                tax=MoneyWords.of(bill.tax),
                tax_bill_no=bill.number,
                tax_relieved=None if relieved is None else MoneyWords.of(relieved),
                released_at=step.at,
            )
        case Status.SENT_BACK:
            return DeclarationSentBack(**named, reason=step.reason)
        case status if status in HELD:
            return DeclarationHeld(**named, status=str(status.value), reason=step.reason)
    return None
