"""Drawback over HTTP: would duty be given back? Nothing is claimed by asking."""

from fastapi import APIRouter, Depends

from services.customs.api.deps import CustomsReading
from services.customs.api.views import basis_view
from services.customs.usecases.queries import check_drawback
from shared.contracts.customs.api import CheckDrawback, DrawbackView
from shared.contracts.event import MoneyWords
from shared.kernel.money import Money
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/drawback-checks", tags=["drawback"], route_class=DoorRoute)


@router.post("", dependencies=[Depends(requires("customs:read"))])
async def check(body: CheckDrawback, tx: CustomsReading) -> DrawbackView:
    """Apply this hub's drawback rules to a payment of duty and an export."""
    decision, digest = check_drawback(
        tx,
        scheme=body.scheme,
        duty_paid=Money(body.duty_paid_minor, body.currency),
        paid_on=body.paid_on,
        exported_on=body.exported_on,
        claimed_on=body.claimed_on,
        has_notice=body.notice_given,
    )
    return DrawbackView(
        granted=decision.is_granted,
        amount=MoneyWords.of(decision.amount),
        reason=decision.reason,
        basis=basis_view(decision.basis),
        pack_hash=digest,
    )
