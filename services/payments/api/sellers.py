"""What sellers do with their money over HTTP: quotes, exchange and payouts."""

from fastapi import APIRouter, Depends

from services.payments.api.deps import (
    AtCounter,
    PathId,
    PaymentsReading,
    PaymentsTransaction,
    Rates,
    member_of,
)
from services.payments.domain.answers import payout_answer, quote_answer
from services.payments.domain.quote import Fix, Wish
from services.payments.domain.rejections import PayoutNotKnown, QuoteNotKnown
from services.payments.usecases.prepare import acting_for, prepare_acceptance, prepare_payout
from services.payments.usecases.request_quote import request_quote
from shared.contracts.payments.api import PayoutView, QuoteView, RequestPayout, RequestQuote
from shared.kernel.money import Money
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1", tags=["sellers"], route_class=DoorRoute)
WRITE = [Depends(requires("payments:write"))]
READ = [Depends(requires("payments:read"))]


@router.post("/quotes", status_code=201, dependencies=WRITE)
async def quote(
    body: RequestQuote, caller: Caller, tx: PaymentsTransaction, rates: Rates
) -> QuoteView:
    """Lock the best of the competing offers for a short while."""
    seller_id = acting_for(body.seller_id, member=member_of(caller))
    fix = Fix(body.fix)
    named, other = body.amount.currency, body.currency
    source, target = (named, other) if fix is Fix.SOURCE else (other, named)
    made = await request_quote(
        tx,
        seller_id=seller_id,
        wish=Wish(source, target, fix, body.amount.amount_minor),
        mids=await rates.mids(source, target),
        houses=rates.houses,
    )
    return QuoteView.model_validate(quote_answer(made))


@router.get("/quotes/{quote_id}", dependencies=READ)
async def read_quote(quote_id: PathId, tx: PaymentsReading, caller: Caller) -> QuoteView:
    """Read one of your quotes."""
    found = await tx.quotes.find(quote_id)
    if found is None or member_of(caller) not in (None, found.seller_id):
        raise QuoteNotKnown("there is no such quote")
    return QuoteView.model_validate(quote_answer(found))


@router.post("/quotes/{quote_id}/accept", dependencies=WRITE)
async def accept(quote_id: PathId, counter: AtCounter) -> QuoteView:
    """Exchange at the locked amounts, if the quote is still open and the money is there."""
    async with counter.store.reading() as tx:
        command = await prepare_acceptance(
            tx, command_id=counter.command_id, quote_id=quote_id, member=counter.member
        )
    return QuoteView.model_validate(await counter.post(command))


@router.post("/payouts", status_code=201, dependencies=WRITE)
async def payout(body: RequestPayout, counter: AtCounter) -> PayoutView:
    """Send available money to the seller's bank; the bank confirms or returns it later."""
    command = prepare_payout(
        hub=counter.hub,
        command_id=counter.command_id,
        seller_id=acting_for(body.seller_id, member=counter.member),
        amount=Money(body.amount.amount_minor, body.amount.currency),
        beneficiary=body.beneficiary,
    )
    return PayoutView.model_validate(await counter.post(command))


@router.get("/payouts/{payout_id}", dependencies=READ)
async def read_payout(payout_id: PathId, tx: PaymentsReading, caller: Caller) -> PayoutView:
    """Read one of your payouts."""
    found = await tx.payments.find_payout(payout_id)
    if found is None or member_of(caller) not in (None, found.seller_id):
        raise PayoutNotKnown("there is no such payout")
    return PayoutView.model_validate(payout_answer(found))
