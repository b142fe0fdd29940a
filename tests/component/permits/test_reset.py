"""In test mode a member begins anew here too; everybody else's permits are as they were."""

from collections import Counter
from datetime import datetime

from sqlalchemy import func, select

from services.permits.service import create_service
from services.permits.settings import PermitsSettings
from services.permits.store.tables import metadata
from shared.contracts.orders.events import TenantReset
from tests.builders.orders import NOON
from tests.builders.permits import OTHER_SELLER, SELLER
from tests.builders.running import Running
from tests.component.permits.conftest import Desk

OURS = ("outbox", "position", "inbox", "idempotency", "permit_number")
"""Tables that count what the hub did; a number is never given twice."""


def reset(member_id: str, *, at: datetime = NOON) -> TenantReset:
    return TenantReset(member_id=member_id, orders_count=0, items_count=0, reset_at=at)


async def rows(permits: Running) -> Counter[str]:
    found: Counter[str] = Counter()
    async with permits.service.store.database.reading() as connection:
        for name, table in metadata.tables.items():
            if name not in OURS:
                count = await connection.scalar(select(func.count()).select_from(table))
                found[name] = int(count or 0)
    return +found


async def test_takes_all_that_a_member_has_and_nothing_of_another(
    desk: Desk, permits: Running
) -> None:
    await Desk(permits, seller_id=OTHER_SELLER).issued()
    before = await rows(permits)
    await desk.issued()
    await desk.draft()
    grown = await rows(permits) - before

    await permits.hear(reset(SELLER), times=2)

    assert await rows(permits) == before
    assert {"application", "application_change", "licence", "licence_line"} <= grown.keys()
    assert await permits.quarantined() == []


def test_is_not_heard_in_a_live_hub(permits: Running) -> None:
    service = permits.service
    assert isinstance(service.settings, PermitsSettings)
    live = create_service(
        service.settings.model_copy(update={"profile": "live"}),
        bus=service.bus,
        clock=permits.clock,
    )

    names = [{getattr(one, "event", None) for one in each.hearings} for each in (service, live)]
    assert [TenantReset in heard for heard in names] == [True, False]
