"""PostgreSQL shows sellers and marketplaces their own declarations, and officers all of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.customs.service import create_service
from services.customs.settings import CustomsSettings
from shared.kernel.ids import derived_id
from tests.builders.customs_events import DESTINATION, ORIGIN, SELLER, WRONG_PHONE, Parcel
from tests.builders.running import Running, running
from tests.builders.service_role import as_service_role, guarded_tables, rows_seen
from tests.component.customs.steps import declaration_of, hear_all

A_001 = Parcel()
STRANGER = derived_id("mbr", DESTINATION, "stranger")
GUARDED = {
    "declaration",
    "drawback_claim",
    "drawback_notice",
    "pre_clearance",
    "rebate_case",
}


@pytest.fixture
async def customs(unmade_database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with (
        running(
            create_service,
            CustomsSettings,
            database_url=unmade_database,
            directory=tmp_path,
            hub=DESTINATION,
            peers=[ORIGIN],
        ) as service,
        as_service_role(service),
    ):
        yield service


async def test_shows_what_is_ones_own(customs: Running) -> None:
    """A returned declaration is read, corrected and withdrawn, as one role and under guard."""
    await hear_all(customs, A_001, waybill=A_001.waybill(consignee_phone=WRONG_PHONE))
    marketplace = A_001.placed().marketplace_id

    assert await guarded_tables(customs) == GUARDED
    seen = [await rows_seen(customs, "declaration", who) for who in (SELLER, marketplace, STRANGER)]
    assert seen == [1, 1, 0]

    def as_member(member_id: str) -> dict[str, str]:
        return customs.office.headers("customs:read", "customs:write", member_id=member_id)

    path = f"/v1/declarations/{A_001.declaration_id}"
    own = await customs.http.get(path, headers=as_member(marketplace))
    others = await customs.http.get(path, headers=as_member(STRANGER))
    refused = await customs.post(f"{path}/cancellations", headers=as_member(STRANGER))
    withdrawn = await customs.post(f"{path}/cancellations", headers=as_member(SELLER))
    assert (own.status_code, others.status_code) == (200, 404)
    assert (refused.status_code, withdrawn.status_code) == (404, 201)
    assert (await declaration_of(customs, A_001))["status"] == withdrawn.json()["status"]
