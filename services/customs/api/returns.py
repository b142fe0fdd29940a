"""Returns of imported goods over HTTP, for the officers of the supervised site."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.customs.api.deps import CustomsReading, CustomsTransaction
from services.customs.domain.goods_return import Condition, GoodsReturn
from services.customs.usecases.take_back_goods import note_arrival
from shared.contracts.customs.gate import GoodsReturnView, NoteArrival, ReturnedLineView
from shared.contracts.event import MoneyWords
from shared.kernel.ids import ID_PATTERN
from shared.kernel.money import Money
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/returns",
    tags=["returns"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("customs:decide"))],
)
ReturnId = Annotated[str, Path(pattern=ID_PATTERN)]


@router.get("/{return_id}")
async def read(return_id: ReturnId, tx: CustomsReading) -> GoodsReturnView:
    """Read what became of a return."""
    return _view(await tx.returns.get(return_id))


@router.post("/{return_id}/arrivals", status_code=201)
async def arrive(return_id: ReturnId, body: NoteArrival, tx: CustomsTransaction) -> GoodsReturnView:
    """Note that the goods are back; with that the return is decided."""
    return _view(await note_arrival(tx, return_id, Condition(body.condition)))


def _view(one: GoodsReturn) -> GoodsReturnView:
    return GoodsReturnView(
        return_id=one.return_id,
        order_no=one.order_no,
        logistics_no=one.logistics_no,
        lines=tuple(
            ReturnedLineView(line_no=line.line_no, quantity=line.quantity) for line in one.lines
        ),
        applied_at=one.applied_at,
        arrived_at=one.arrived_at,
        decided_at=one.decided_at,
        refusal=None if one.refusal is None else one.refusal.value,
        rule=one.rule,
        tax_returned=_words(one.tax_returned),
        allowance_returned=_words(one.allowance_returned),
    )


def _words(money: Money | None) -> MoneyWords | None:
    return None if money is None else MoneyWords.of(money)
