"""Tax bills and guarantee accounts over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from services.customs.api.deps import CustomsReading, CustomsTransaction, may_see
from services.customs.clients.gate_xml import write_message
from services.customs.domain.forms.filing import is_form_number
from services.customs.domain.tax_bill import DrawnBill
from services.customs.store.tax_bills import TaxBillNotFound
from services.customs.store.tx import CustomsTx
from services.customs.usecases.bill_messages import bill_message, bill_status_message
from services.customs.usecases.form_bills import form_of_bill
from services.customs.usecases.tax_bills import open_guarantee, summarise_bills
from shared.contracts.customs.tax import (
    BillSummaryView,
    GuaranteeView,
    OpenGuarantee,
    SummariseBills,
    TaxBillView,
)
from shared.contracts.event import MoneyWords
from shared.kernel.ids import ID_PATTERN
from shared.kernel.money import Money, total
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["tax bills"], route_class=DoorRoute)
BillNumber = Annotated[str, Path(pattern=ID_PATTERN)]
Guarantor = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
OFFICER = [Depends(requires("customs:decide"))]
XML = "application/xml"


@router.get("/tax-bills/{number}", dependencies=[Depends(requires("customs:read"))])
async def read(number: BillNumber, tx: CustomsReading, caller: Caller) -> TaxBillView:
    """Read a tax bill."""
    return _view(await _own(tx, number, caller))


@router.get(
    "/tax-bills/{number}/message",
    dependencies=[Depends(requires("customs:read"))],
    response_class=Response,
    responses={200: {"content": {XML: {"schema": {"type": "string"}}}}},
)
async def message(number: BillNumber, tx: CustomsReading, caller: Caller) -> Response:
    """Read a tax bill as the gate sends it: message 816."""
    bill = await _own(tx, number, caller)
    return Response(write_message(await bill_message(tx, bill)), media_type=XML)


@router.get(
    "/tax-bills/{number}/status-message",
    dependencies=[Depends(requires("customs:read"))],
    response_class=Response,
    responses={200: {"content": {XML: {"schema": {"type": "string"}}}}},
)
async def status_message(number: BillNumber, tx: CustomsReading, caller: Caller) -> Response:
    """Read where a tax bill stands as the gate sends it: message 818."""
    bill = await _own(tx, number, caller)
    return Response(write_message(await bill_status_message(tx, bill)), media_type=XML)


@router.post("/guarantees/{guarantor}", status_code=201, dependencies=OFFICER)
async def agree(guarantor: Guarantor, body: OpenGuarantee, tx: CustomsTransaction) -> GuaranteeView:
    """Open a guarantee account, or top it up."""
    opened = await open_guarantee(tx, guarantor, Money(body.limit_minor, body.currency))
    return await _account(tx, guarantor, version=opened.version)


@router.get("/guarantees/{guarantor}", dependencies=OFFICER)
async def account(guarantor: Guarantor, tx: CustomsReading) -> GuaranteeView:
    """Read what a guarantor may owe and owes."""
    found = await tx.tax_bills.guarantee(guarantor)
    return await _account(tx, guarantor, version=0 if found is None else found.version)


@router.post("/guarantees/{guarantor}/summaries", status_code=201, dependencies=OFFICER)
async def summarise(
    guarantor: Guarantor, body: SummariseBills, tx: CustomsTransaction
) -> BillSummaryView:
    """Put the guarantor's open bills into one payment order."""
    bills = await summarise_bills(tx, guarantor)
    if not bills:
        return BillSummaryView(payment_order=None, bills=0, total=None)
    owed = total([bill.owed for bill in bills], bills[0].tax.currency)
    return BillSummaryView(
        payment_order=bills[0].payment_order, bills=len(bills), total=MoneyWords.of(owed)
    )


async def _own(tx: CustomsTx, number: str, caller: Principal) -> DrawnBill:
    bill = await tx.tax_bills.get(number)
    if is_form_number(bill.declaration_id):
        filing = await tx.filings.get(form_of_bill(bill))
        if not may_see(caller, filing.member_id):
            raise TaxBillNotFound(f"no tax bill {number}")
        return bill
    declaration = await tx.declarations.get(bill.declaration_id)
    if not may_see(caller, declaration.seller_id, declaration.marketplace_id):
        raise TaxBillNotFound(f"no tax bill {number}")
    return bill


async def _account(tx: CustomsTx, guarantor: str, *, version: int) -> GuaranteeView:
    found = await tx.tax_bills.guarantee(guarantor)
    drawn = await tx.tax_bills.drawn_by_currency(guarantor)
    return GuaranteeView(
        guarantor=guarantor,
        limit=None if found is None else MoneyWords.of(found.limit),
        drawn=tuple(MoneyWords.of(money) for money in drawn),
        version=version,
    )


def _view(bill: DrawnBill) -> TaxBillView:
    return TaxBillView(
        number=bill.number,
        declaration_id=form_of_bill(bill),
        guarantor=bill.guarantor,
        status=bill.status.value,
        duty=MoneyWords.of(bill.duty),
        vat=MoneyWords.of(bill.vat),
        consumption_tax=MoneyWords.of(bill.consumption),
        other=MoneyWords.of(bill.other),
        tax=MoneyWords.of(bill.tax),
        voided=MoneyWords.of(bill.voided),
        payment_order=bill.payment_order,
        drawn_on=bill.drawn_on,
    )
