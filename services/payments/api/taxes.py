"""Tax returns over HTTP: what a period owes by its bills and by the ledger, and paying it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.payments.api.deps import AtCounter, PaymentsReading
from services.payments.domain.answers import bill_answer, money
from services.payments.usecases.file_tax_return import (
    TaxReturn,
    prepare_remittance,
    tax_returns,
)
from shared.contracts.event import MoneyWords
from shared.contracts.payments.taxes import (
    RemitTax,
    RemittedView,
    TaxReturns,
    TaxReturnView,
)
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/tax-returns",
    tags=["tax"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("hub:operate"))],
)
BANK = "simulated"
AuthorityCode = Annotated[str, Path(pattern=r"^[A-Z][A-Z-]{1,39}$")]
PeriodName = Annotated[str, Path(pattern=r"^[0-9]{4}-(Q[1-4]|(0[1-9]|1[0-2]))$")]


@router.get("/{authority}/{period}")
async def read(authority: AuthorityCode, period: PeriodName, tx: PaymentsReading) -> TaxReturns:
    """Read a period's return: bill by bill, and whether the ledger says the same."""
    found = await tax_returns(tx, authority=authority, period=period)
    return TaxReturns(returns=tuple(_view(each) for each in found))


@router.post("/{authority}/{period}/remit")
async def remit(
    authority: AuthorityCode, period: PeriodName, body: RemitTax, counter: AtCounter
) -> RemittedView:
    """Pay the period's return; refused when bills and ledger do not agree."""
    async with counter.store.reading() as tx:
        command = await prepare_remittance(
            tx,
            command_id=counter.command_id,
            authority=authority,
            period=period,
            currency=body.currency,
            bank_account=BANK,
        )
    answer = await counter.post(command)
    paid = MoneyWords(amount_minor=answer["remitted_minor"], currency=body.currency)
    return RemittedView(return_id=answer["return_id"], remitted=paid)


def _view(found: TaxReturn) -> TaxReturnView:
    currency = found.currency
    return TaxReturnView.model_validate(
        {
            "authority": found.authority,
            "period": found.period,
            "currency": currency,
            "bills_total": money(found.bills_minor, currency),
            "ledger_total": money(found.ledger_minor, currency),
            "remitted": money(found.remitted_minor, currency),
            "is_equal": found.is_equal,
            "due_by": found.due_by,
            "bills": [bill_answer(bill) for bill in found.bills],
        }
    )
