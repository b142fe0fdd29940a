"""What a member may do in the test profile alone; `service.py` leaves it out of a live hub."""

from fastapi import APIRouter, Depends

from services.orders.api.deps import OrdersTransaction
from services.orders.usecases.reset_tenant import reset_tenant
from shared.contracts.orders.api import TenantResetView
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/test-reset", tags=["test mode"], route_class=DoorRoute)


@router.post("", dependencies=[Depends(requires("orders:write", "orders:answer"))])
async def forget(tx: OrdersTransaction, caller: Caller) -> TenantResetView:
    """Forget the orders that the caller placed, its items, recalls and messages."""
    done = await reset_tenant(tx, member_id=caller.member_id)
    return TenantResetView(
        orders_count=done.orders_count, items_count=done.items_count, reset_at=done.reset_at
    )
