"""What customs tells: the answer before packing, the export release, the import declaration."""

from collections.abc import Sequence

from services.orders.consumers.heard import heard
from services.orders.domain.facts import FactKind
from services.orders.store.tx import OrdersTx
from services.orders.usecases.follow_return import follow_return
from services.orders.usecases.record_facts import record_facts
from shared.contracts.customs.events import (
    DeclarationAccepted,
    DeclarationReleased,
    DeclarationReturned,
    DeclarationSentBack,
    ExportReleased,
    Finding,
    PreClearanceAnswered,
    ReturnAccepted,
    ReturnRefused,
)
from shared.messaging.consumer import on


async def on_pre_clearance_answered(event: PreClearanceAnswered, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.PRE_CLEARANCE_ANSWERED,
        event.order_id,
        verdict=event.verdict,
        findings=_codes(event.findings),
    )
    await record_facts(tx, [fact])


async def on_export_released(event: ExportReleased, tx: OrdersTx) -> None:
    facts = [
        heard(
            tx,
            FactKind.EXPORT_RELEASED,
            parcel.order_id,
            logistics_no=parcel.logistics_no,
            occurred_at=event.released_at,
            declaration_id=event.declaration_id,
            form=event.form,
        )
        for parcel in event.parcels
    ]
    await record_facts(tx, facts)


async def on_declaration_returned(event: DeclarationReturned, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.DECLARATION_RETURNED,
        event.order_id,
        logistics_no=event.logistics_no,
        declaration_id=event.declaration_id,
        status=event.status,
        findings=_codes(event.findings),
    )
    await record_facts(tx, [fact])


async def on_declaration_accepted(event: DeclarationAccepted, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.DECLARATION_ACCEPTED,
        event.order_id,
        logistics_no=event.logistics_no,
        declaration_id=event.declaration_id,
    )
    await record_facts(tx, [fact])


async def on_declaration_released(event: DeclarationReleased, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.DECLARATION_RELEASED,
        event.order_id,
        logistics_no=event.logistics_no,
        occurred_at=event.released_at,
        declaration_id=event.declaration_id,
        tax_bill_no=event.tax_bill_no,
        tax_minor=str(event.tax.amount_minor),
        currency=event.tax.currency,
    )
    await record_facts(tx, [fact])


async def on_declaration_sent_back(event: DeclarationSentBack, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.DECLARATION_SENT_BACK,
        event.order_id,
        logistics_no=event.logistics_no,
        declaration_id=event.declaration_id,
        reason=event.reason,
    )
    await record_facts(tx, [fact])


async def on_return_accepted(event: ReturnAccepted, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.RETURN_TAX_ACCEPTED,
        event.order_id,
        logistics_no=event.logistics_no,
        occurred_at=event.decided_at,
        return_id=event.return_id,
        tax_minor=str(event.tax_returned.amount_minor),
        currency=event.tax_returned.currency,
    )
    await follow_return(tx, return_id=event.return_id, fact=fact)


async def on_return_refused(event: ReturnRefused, tx: OrdersTx) -> None:
    fact = heard(
        tx,
        FactKind.RETURN_TAX_REFUSED,
        event.order_id,
        logistics_no=event.logistics_no,
        occurred_at=event.decided_at,
        return_id=event.return_id,
        reason=event.reason,
        rule=event.rule,
    )
    await follow_return(tx, return_id=event.return_id, fact=fact)


def _codes(findings: Sequence[Finding]) -> str:
    """Name what is wrong and where, for example `C11:payer.id_number`; what to do is at customs."""
    return " ".join(f"{finding.code}:{finding.field}" for finding in findings)


SUBSCRIPTIONS = [
    on(PreClearanceAnswered, on_pre_clearance_answered),
    on(ExportReleased, on_export_released, source="both"),
    on(DeclarationReturned, on_declaration_returned, source="both"),
    on(DeclarationAccepted, on_declaration_accepted, source="both"),
    on(DeclarationReleased, on_declaration_released, source="both"),
    on(DeclarationSentBack, on_declaration_sent_back, source="both"),
    on(ReturnAccepted, on_return_accepted, source="both"),
    on(ReturnRefused, on_return_refused, source="both"),
]
