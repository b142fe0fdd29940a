"""The register of transfers: whose personal data left, for whom and what for, year by year."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.exchange.api.deps import ExchangeReading, TheRoad
from services.exchange.usecases.export_law import Year, year_of_transfers
from shared.contracts.exchange.personal_data import (
    PurposeView,
    TransferView,
    TransferYearView,
)
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, cursor_for, number_after

router = APIRouter(
    prefix="/v1",
    tags=["people"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("hub:operate"))],
)

CalendarYear = Annotated[int | None, Query(ge=2000, le=9999)]
Person = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


@router.get("/transfer-years")
async def transfer_year(
    tx: ExchangeReading, road: TheRoad, year: CalendarYear = None
) -> TransferYearView:
    """How many persons' data left in a year, by purpose, and how near the law's limit that is."""
    return _year(await year_of_transfers(tx, road.law, year))


@router.get("/transfers")
async def transfers(
    tx: ExchangeReading,
    road: TheRoad,
    year: CalendarYear = None,
    person: Person = None,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
) -> Page[TransferView]:
    """The register itself, a row for each person, peer and purpose of a year."""
    asked = road.law.year_of(tx.now) if year is None else year
    rows = await tx.transfers.page(
        year=asked, person=person, after=number_after(cursor), limit=limit
    )
    views = [TransferView.model_validate({**row._asdict()}) for row in rows]
    return Page(items=views, next_cursor=cursor_for([str(row.id) for row in rows], limit=limit))


def _year(of: Year) -> TransferYearView:
    return TransferYearView(
        year=of.year,
        purposes=tuple(
            PurposeView(
                purpose=each.purpose,
                persons=each.persons,
                records=each.records,
                counted=of.rule is None or of.rule.counts(each.purpose),
            )
            for each in of.purposes
        ),
        persons_counted=of.persons_counted,
        persons_below=of.rule.persons_below if of.rule else None,
        standing=of.standing.value,
        rule=of.rule.rule if of.rule else None,
        citation=of.rule.citation if of.rule else None,
    )
