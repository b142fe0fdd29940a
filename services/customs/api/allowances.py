"""What buyers used of their year elsewhere, as officers record it."""

from fastapi import APIRouter, Depends

from services.customs.api.deps import CustomsReading, CustomsTransaction
from services.customs.usecases.ask_allowance import ask_allowance
from services.customs.usecases.record_allowance import record_allowance
from shared.contracts.customs.api import AllowanceView, RecordAllowance
from shared.contracts.customs.gate import (
    AllowanceAnswer,
    AllowanceQuestionView,
    AskAllowance,
)
from shared.contracts.event import MoneyWords
from shared.kernel.money import Money
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

log = APIRouter(prefix="/v1/allowance-questions", tags=["allowances"], route_class=DoorRoute)
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


@log.post("", status_code=201, dependencies=[Depends(requires("customs:write"))])
async def ask(body: AskAllowance, tx: CustomsTransaction, caller: Caller) -> AllowanceAnswer:
    """Ask whether an amount fits a buyer's year at this hub; so often an hour and no more."""
    fits = await ask_allowance(
        tx,
        person=body.id_number,
        amount=Money(body.amount_minor, body.currency),
        asker=caller.member_id,
    )
    return AllowanceAnswer(fits=fits)


@log.get("", dependencies=[Depends(requires("customs:decide"))])
async def questions(
    tx: CustomsReading, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[AllowanceQuestionView]:
    """List who asked, in no order of time; it never says about whom."""
    found = await tx.allowance_questions.page(after=after(cursor), limit=limit)
    return Page(
        items=[
            AllowanceQuestionView(
                id=one.id,
                asker=one.asker,
                asked_at=one.asked_at,
                order_id=one.order_id,
                fits=one.fits,
            )
            for one in found
        ],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )
