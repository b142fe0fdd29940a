"""Advances over HTTP: ask, look at the price and the reasons, accept, ask for time."""

from fastapi import APIRouter, Depends

from services.payments.api.deps import (
    AtCounter,
    PathId,
    PaymentsReading,
    PaymentsTransaction,
    Rates,
    member_of,
)
from services.payments.domain.finance_answers import advance_answer
from services.payments.usecases.offer_advance import (
    Wish,
    offer_advance,
    prepare_disbursement,
    prepare_easing,
    visible_advance,
)
from services.payments.usecases.prepare import acting_for
from shared.contracts.payments.finance import AdvanceView, EaseAdvance, RequestAdvance
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/advances", tags=["finance"], route_class=DoorRoute)
WRITE = [Depends(requires("payments:write"))]
READ = [Depends(requires("payments:read"))]


@router.post("", status_code=201, dependencies=WRITE)
async def ask(
    body: RequestAdvance, caller: Caller, tx: PaymentsTransaction, rates: Rates
) -> AdvanceView:
    """Score the seller and offer a share of its escrowed goods; or say why not."""
    wish = Wish(
        seller_id=acting_for(body.seller_id, member=member_of(caller)),
        currency=body.currency,
        escrow_currency=body.escrow_currency,
        share_bp=body.share_bp,
        consented_at=tx.now,
    )
    mids = await rates.mids(body.escrow_currency, body.currency)
    offered = await offer_advance(tx, wish, mids=mids)
    return AdvanceView.model_validate(advance_answer(offered))


@router.get("/{advance_id}", dependencies=READ)
async def read(advance_id: PathId, tx: PaymentsReading, caller: Caller) -> AdvanceView:
    """Read one of your advances."""
    advance = await visible_advance(tx, advance_id, member_of(caller))
    return AdvanceView.model_validate(advance_answer(advance))


@router.post("/{advance_id}/accept", dependencies=WRITE)
async def accept(advance_id: PathId, counter: AtCounter) -> AdvanceView:
    """Take the offer: the money is available at once, and repaid out of what arrives."""
    async with counter.store.reading() as tx:
        command = await prepare_disbursement(
            tx, command_id=counter.command_id, advance_id=advance_id, member=counter.member
        )
    return AdvanceView.model_validate(await counter.post(command))


@router.post("/{advance_id}/ease", dependencies=[Depends(requires("hub:operate"))])
async def ease(advance_id: PathId, body: EaseAdvance, counter: AtCounter) -> AdvanceView:
    """Hardship: take only a share of what arrives, until a day."""
    async with counter.store.reading() as tx:
        command = await prepare_easing(
            tx,
            command_id=counter.command_id,
            advance_id=advance_id,
            until=body.until,
            member=counter.member,
        )
    return AdvanceView.model_validate(await counter.post(command))
