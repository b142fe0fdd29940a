"""The tax on low-value goods over HTTP: registered sellers, and their quarterly returns."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.customs.api.deps import CustomsReading, CustomsTransaction, sees_everything
from services.customs.api.views import basis_view
from services.customs.domain.lvg import LvgFigures, LvgPeriod
from services.customs.store.tx import CustomsTx
from services.customs.usecases.file_form import served_by
from services.customs.usecases.low_value_goods import (
    LvgStatement,
    file_return,
    period_total,
    read_return,
    register_seller,
    rules_of,
    seller_standing,
)
from shared.contracts.customs.low_value import (
    FileLvgReturn,
    LvgEditionView,
    LvgFiguresView,
    LvgReturnView,
    LvgSellerView,
    LvgTotalView,
    RegisterLvgSeller,
)
from shared.contracts.event import MoneyWords
from shared.kernel.errors import NotFound
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, Principal, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/low-value-goods", tags=["low-value goods"], route_class=DoorRoute)
SellerId = Annotated[str, Path(pattern=ID_PATTERN)]
PeriodName = Annotated[str, Path(pattern=r"^[0-9]{4}-Q[1-4]$", description="a quarter: 2026-Q3")]
READS = [Depends(requires("customs:read"))]
DECIDES = [Depends(requires("customs:decide"))]


class LvgSellerNotFound(NotFound):
    """There is no such seller, or it is none that you act for."""

    code = "customs.lvg-seller-not-found"


@router.put("/sellers/{seller_id}", dependencies=DECIDES)
async def register(
    seller_id: SellerId, body: RegisterLvgSeller, tx: CustomsTransaction, caller: Caller
) -> LvgSellerView:
    """Note under which number the authority registered a seller."""
    await register_seller(
        tx,
        seller_id,
        number=body.number,
        registered_on=body.registered_on,
        by=caller.member_id,
    )
    return await _seller_view(tx, seller_id)


@router.get("/sellers/{seller_id}", dependencies=READS)
async def seller(seller_id: SellerId, tx: CustomsReading, caller: Caller) -> LvgSellerView:
    """What a seller sold in the months that count, and whether it must be registered."""
    await _check_own(tx, seller_id, caller)
    return await _seller_view(tx, seller_id)


@router.get("/sellers/{seller_id}/returns/{period}", dependencies=READS)
async def read(
    seller_id: SellerId, period: PeriodName, tx: CustomsReading, caller: Caller
) -> LvgReturnView:
    """A seller's return of a quarter, filed or not, with the figures of today."""
    await _check_own(tx, seller_id, caller)
    return _view(await read_return(tx, seller_id, LvgPeriod.named(period)))


@router.post(
    "/sellers/{seller_id}/returns/{period}",
    status_code=201,
    dependencies=[Depends(requires("customs:write"))],
)
async def file(
    seller_id: SellerId,
    period: PeriodName,
    body: FileLvgReturn,
    tx: CustomsTransaction,
    caller: Caller,
) -> LvgReturnView:
    """File a quarter's return, nil if there is nothing, or amend one whose figures changed."""
    await _check_own(tx, seller_id, caller)
    filed = await file_return(tx, seller_id, LvgPeriod.named(period), by=caller.member_id)
    return _view(filed)


@router.get("/periods/{period}", dependencies=DECIDES)
async def total(period: PeriodName, tx: CustomsReading) -> LvgTotalView:
    """A quarter over all sellers: `payments` must have collected as much."""
    quarter = LvgPeriod.named(period)
    figures = await period_total(tx, quarter)
    return LvgTotalView(
        period=quarter.name,
        due_on=quarter.due_on,
        figures=_figures(figures),
        collected=MoneyWords.of(figures.collected),
    )


async def _check_own(tx: CustomsTx, seller_id: str, caller: Principal) -> None:
    if not sees_everything(caller) and seller_id not in await served_by(tx, caller.member_id):
        raise LvgSellerNotFound(f"no seller {seller_id}")


async def _seller_view(tx: CustomsTx, seller_id: str) -> LvgSellerView:
    standing = await seller_standing(tx, seller_id)
    one = standing.seller
    return LvgSellerView(
        seller_id=seller_id,
        number=None if one is None else one.number,
        registered_on=None if one is None else one.registered_on,
        since=standing.since,
        sales=MoneyWords.of(standing.figures.sales),
        must_register=standing.must_register,
        basis=basis_view(rules_of(tx).basis),
    )


def _view(one: LvgStatement) -> LvgReturnView:
    return LvgReturnView(
        return_id=one.filed.id,
        seller_id=one.filed.seller_id,
        number=None if one.seller is None else one.seller.number,
        period=one.filed.period,
        state=one.state.value,
        due_on=LvgPeriod.named(one.filed.period).due_on,
        is_late=one.filed.is_late,
        is_nil=one.figures.is_nil,
        figures=_figures(one.figures),
        editions=tuple(
            LvgEditionView(
                figures=_figures(edition.figures),
                filed_on=edition.filed_on,
                filed_by=edition.filed_by,
            )
            for edition in one.filed.editions
        ),
    )


def _figures(figures: LvgFigures) -> LvgFiguresView:
    return LvgFiguresView(
        parcels=figures.parcels,
        sales=MoneyWords.of(figures.sales),
        low_value_tax=MoneyWords.of(figures.tax),
        other_import_tax=MoneyWords.of(figures.other_tax),
    )
