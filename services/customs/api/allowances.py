"""What buyers used of their year elsewhere, as officers record it."""

from fastapi import APIRouter, Depends

from services.customs.api.deps import CustomsTransaction
from services.customs.usecases.record_allowance import record_allowance
from shared.contracts.customs.api import AllowanceView, RecordAllowance
from shared.contracts.event import MoneyWords
from shared.kernel.money import Money
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/allowances", tags=["allowances"], route_class=DoorRoute)


@router.post("", status_code=201, dependencies=[Depends(requires("customs:decide"))])
async def record(body: RecordAllowance, tx: CustomsTransaction) -> AllowanceView:
    """Record what a person imported elsewhere in a year, in place of what was recorded before."""
    used = await record_allowance(
        tx,
        person=body.id_number,
        year=body.year,
        amount=Money(body.used_minor, body.currency),
    )
    return AllowanceView(year=body.year, used=MoneyWords.of(used))
