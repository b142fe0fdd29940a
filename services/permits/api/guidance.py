"""Guidance over HTTP: may these goods go, with which papers, and what would change the answer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from services.permits.api.advice_views import facts_of, goods_view, guidance_view
from services.permits.api.deps import Book, PermitsReading, PermitsTransaction, Shelf
from services.permits.store.goods_index import GoodsIndex
from services.permits.usecases.check_facts import with_goods_named
from services.permits.usecases.give_guidance import give_guidance, replay_guidance
from shared.contracts.permits.guidance import AskGuidance, GoodsView, GuidanceView, ReplayView
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import Page

GOODS_MAX = 20

router = APIRouter(
    prefix="/v1",
    tags=["guidance"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("permits:read"))],
)


async def goods_index(request: Request) -> GoodsIndex:
    found: GoodsIndex = request.app.state.goods_index
    return found


Goods = Annotated[GoodsIndex, Depends(goods_index)]


@router.post("/guidance")
async def ask(
    body: AskGuidance,
    tx: PermitsTransaction,
    shelf: Shelf,
    book: Book,
    index: Goods,
    caller: Caller,
) -> GuidanceView:
    """Answer for these facts. The same facts under the same rules give the same answer id."""
    today = book.day_of(tx.now)
    facts = facts_of(body, today=today)
    if body.words is not None:
        facts = with_goods_named(facts, body.words, index)
    given = await give_guidance(
        tx, facts=facts, asker_id=caller.member_id, shelf=shelf, index=index, today=today
    )
    return guidance_view(given, shelf.code_digits(on=facts.on))


@router.get("/guidance/{answer_id}")
async def replay(
    answer_id: Annotated[str, Path(pattern=ID_PATTERN)],
    tx: PermitsReading,
    shelf: Shelf,
    caller: Caller,
) -> ReplayView:
    """Show an answer as it was given, whether its rules count today, and that they give it."""
    found = await replay_guidance(tx, answer_id=answer_id, asker_id=caller.member_id, shelf=shelf)
    on = found.answer.guidance.facts.on
    shown = guidance_view(found.answer, shelf.code_digits(on=on))
    return ReplayView(
        answer_id=shown.answer_id,
        asked_at=shown.asked_at,
        advice=shown.advice,
        digits_missing=shown.digits_missing,
        is_current=found.is_current,
        is_reproduced=found.is_reproduced,
        superseded_because=found.superseded,
    )


@router.get("/goods")
async def goods(
    tx: PermitsReading,
    shelf: Shelf,
    book: Book,
    index: Goods,
    q: Annotated[str, Query(min_length=1, max_length=200, description="plain words")],
    limit: Annotated[int, Query(ge=1, le=GOODS_MAX)] = 10,
) -> Page[GoodsView]:
    """Find the code of goods by plain words in English, Malay or Chinese."""
    return Page(
        items=[
            goods_view(one, shelf.code_digits(on=book.day_of(tx.now)))
            for one in index.find(q, limit=limit)
        ]
    )
