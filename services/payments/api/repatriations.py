"""Proof that the proceeds of exports came home, order by order, and what is still abroad."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.payments.api.deps import OPERATE, PathId, PaymentsReading, member_of
from services.payments.domain.repatriation import ExportedParcel, Homecoming, Repatriation
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.prove_repatriation import repatriation_of, state_of, still_abroad
from shared.contracts.event import MoneyWords
from shared.contracts.payments.repatriation import (
    ExportedParcelView,
    HomecomingView,
    RepatriationList,
    RepatriationView,
)
from shared.contracts.times import Day
from shared.web.auth import Caller, requires

router = APIRouter(prefix="/v1/repatriations", tags=["repatriation"])


@router.get("", dependencies=[Depends(requires(OPERATE))])
async def abroad(
    tx: PaymentsReading, until: Annotated[Day, Query(description="due by this day")]
) -> RepatriationList:
    """List exports whose proceeds must be home by a day and are not, the first due first."""
    found = await still_abroad(tx, until=until)
    return RepatriationList(repatriations=tuple(_view(tx, each) for each in found))


@router.get("/{order_id}", dependencies=[Depends(requires("payments:read", OPERATE))])
async def read(order_id: PathId, tx: PaymentsReading, caller: Caller) -> RepatriationView:
    """Show what left for an order, until when its money must be home, and what came."""
    return _view(tx, await repatriation_of(tx, order_id, member=member_of(caller)))


def _view(tx: PaymentsTx, one: Repatriation) -> RepatriationView:
    first = one.parcels[0]
    return RepatriationView(
        order_id=first.order_id,
        order_no=first.order_no,
        state=state_of(tx, one).value,
        home_by=one.home_by,
        parcels=tuple(map(_parcel, one.parcels)),
        received=tuple(map(_received, one.received)),
    )


def _parcel(parcel: ExportedParcel) -> ExportedParcelView:
    return ExportedParcelView(
        parcel_id=parcel.parcel_id,
        declaration_id=parcel.declaration_id,
        form=parcel.form,
        fob=MoneyWords(amount_minor=parcel.fob_minor, currency=parcel.fob_currency),
        exported_at=parcel.exported_at,
        home_by=parcel.home_by,
    )


def _received(one: Homecoming) -> HomecomingView:
    return HomecomingView(
        window_id=one.window_id,
        debtor=one.debtor,
        amount=MoneyWords(amount_minor=one.amount_minor, currency=one.currency),
        settled_at=one.settled_at,
        sheet_sha256=one.sheet_sha256,
        our_signature=one.our_signature,
        their_signature=one.their_signature,
    )
