"""Tax given back on exports over HTTP: invoices, cases, goods that come back, drawbacks."""

from fastapi import APIRouter, Depends

from services.customs.api.deps import (
    OrderId,
    OwnReading,
    OwnTransaction,
    may_see,
    sees_everything,
)
from services.customs.api.views import basis_view, money_view
from services.customs.domain.rebate import RebateCase
from services.customs.store.rebates import RebateCaseNotFound
from services.customs.usecases.assemble_rebate import note_invoice, seller_of, take_back_export
from services.customs.usecases.claim_drawback import DrawbackClaim, claim_drawback, give_notice
from shared.contracts.customs.tax import (
    ClaimDrawback,
    DrawbackClaimView,
    DrawbackNoticeView,
    FileInvoice,
    GiveDrawbackNotice,
    RebateCaseView,
    ReimportView,
    TakeBackExport,
)
from shared.contracts.event import MoneyWords
from shared.kernel.money import Money
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1", tags=["tax given back"], route_class=DoorRoute)


@router.get("/rebate-cases", dependencies=[Depends(requires("customs:read"))])
async def page(
    tx: OwnReading, caller: Caller, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[RebateCaseView]:
    """List rebate cases by order; everybody but an officer sees their own."""
    sellers = None if sees_everything(caller) else {caller.member_id}
    found = await tx.rebates.page(after=after(cursor), limit=limit, sellers=sellers)
    return Page(
        items=[_view(one) for one in found],
        next_cursor=cursor_for([one.order_id for one in found], limit=limit),
    )


@router.get("/rebate-cases/{order_id}", dependencies=[Depends(requires("customs:read"))])
async def read(order_id: OrderId, tx: OwnReading, caller: Caller) -> RebateCaseView:
    """Read an order's rebate case."""
    return _view(_own(await tx.rebates.get(order_id), caller))


@router.post(
    "/rebate-cases/{order_id}/invoices",
    status_code=201,
    dependencies=[Depends(requires("customs:write"))],
)
async def file_invoice(
    order_id: OrderId, body: FileInvoice, tx: OwnTransaction, caller: Caller
) -> RebateCaseView:
    """File the purchase invoice of an exported order."""
    seller_id = await seller_of(tx, order_id)
    if seller_id is None or not may_see(caller, seller_id):
        raise RebateCaseNotFound(f"no rebate case of order {order_id}")
    purchases = {line.line_no: Money(line.net_minor, body.currency) for line in body.lines}
    case = await note_invoice(
        tx, order_id=order_id, invoice_no=body.invoice_no, purchases=purchases
    )
    return _view(case)


@router.post("/re-imports", status_code=201, dependencies=[Depends(requires("customs:decide"))])
async def take_back(body: TakeBackExport, tx: OwnTransaction) -> ReimportView:
    """Take exported goods back in: untaxed in time and as they were, once the rebate is repaid."""
    _, share, refusal = await take_back_export(
        tx,
        order_id=body.order_id,
        pieces={line.line_no: line.quantity for line in body.lines},
        arrived_at=body.arrived_at,
        is_original=body.is_original,
    )
    return ReimportView(
        order_id=body.order_id,
        import_tax="waived" if refusal is None else "levied",
        reason=refusal,
        repaid=MoneyWords.of(share),
    )


@router.post("/drawback-claims", status_code=201, dependencies=[Depends(requires("customs:write"))])
async def claim(body: ClaimDrawback, tx: OwnTransaction, caller: Caller) -> DrawbackClaimView:
    """Claim duty back; a refused claim is answered with its reason and keeps nothing."""
    decision, case_id = await claim_drawback(
        tx,
        DrawbackClaim(
            scheme=body.scheme,
            seller_id=caller.member_id,
            declaration_id=body.declaration_id,
            receipt_no=body.receipt_no,
            duty_paid=Money(body.duty_paid_minor, body.currency),
            paid_on=body.paid_on,
            exported_on=body.exported_on,
        ),
    )
    return DrawbackClaimView(
        case_id=case_id,
        granted=decision.is_granted,
        amount=MoneyWords.of(decision.amount),
        reason=decision.reason,
        basis=basis_view(decision.basis),
    )


@router.post(
    "/drawback-notices", status_code=201, dependencies=[Depends(requires("customs:write"))]
)
async def give_drawback_notice(
    body: GiveDrawbackNotice, tx: OwnTransaction, caller: Caller
) -> DrawbackNoticeView:
    """Say on an export declaration that drawback will be claimed; section 99 asks for it."""
    given_at = await give_notice(tx, body.declaration_id, caller.member_id)
    return DrawbackNoticeView(
        declaration_id=body.declaration_id, seller_id=caller.member_id, given_at=given_at
    )


def _own(case: RebateCase, caller: Principal) -> RebateCase:
    if not may_see(caller, case.seller_id):
        raise RebateCaseNotFound(f"no rebate case of order {case.order_id}")
    return case


def _view(case: RebateCase) -> RebateCaseView:
    return RebateCaseView(
        case_id=case.case_id,
        order_id=case.order_id,
        order_no=case.order_no,
        seller_id=case.seller_id,
        missing=case.missing,
        amount=money_view(case.amount),
        repaid=money_view(case.repaid),
        evidenced_at=case.evidenced_at,
        version=case.version,
    )
