"""The tariff-rate quotas of this hub's country, with what is left of each."""

from fastapi import APIRouter, Depends

from services.customs.api.deps import CustomsReading
from services.customs.api.views import basis_view
from services.customs.domain.quota import QuotaBalance
from shared.contracts.customs.quotas import QuotasView, QuotaView
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/quotas", tags=["quotas"], route_class=DoorRoute)


@router.get("", dependencies=[Depends(requires("customs:read"))])
async def quotas(tx: CustomsReading) -> QuotasView:
    """Read the balance of every quota that is open today."""
    on = tx.rulebook.day_of(tx.country, tx.now)
    balances = [await tx.quotas.balance(one) for one in tx.rulebook.quotas(tx.country, on=on)]
    return QuotasView(on=on, items=tuple(map(_view, balances)))


def _view(balance: QuotaBalance) -> QuotaView:
    quota = balance.quota
    return QuotaView(
        order_number=quota.order_number,
        opens=quota.opens,
        closes=quota.closes,
        unit="KGM" if quota.unit == "KGM" else "C62",
        volume=quota.volume,
        left=balance.left,
        state=balance.state.value,
        in_quota_rate=f"{quota.rate:f}",
        changed_at=balance.changed_at,
        version=balance.version,
        basis=basis_view(quota.basis),
    )
