"""Guidance over HTTP: may these goods go, with which papers, and what would change the answer."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from services.permits.api.advice_views import facts_of, guidance_view
from services.permits.api.deps import Book, PermitsReading, PermitsTransaction
from services.permits.store.goods_index import GoodsIndex
from services.permits.usecases.give_guidance import give_guidance, replay_guidance
from services.permits.usecases.guidance_book import GuidanceBook
from shared.contracts.permits.guidance import AskGuidance, GoodsView, GuidanceView, ReplayView
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import Page

GOODS_MAX = 20

router = APIRouter(
    prefix="/v1",
    tags=["guidance"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("permits:read"))],
)


def guidance_book(request: Request) -> GuidanceBook:
    found: GuidanceBook = request.app.state.guidance_book
    return found


def goods_index(request: Request) -> GoodsIndex:
    found: GoodsIndex = request.app.state.goods_index
    return found


Guide = Annotated[GuidanceBook, Depends(guidance_book)]
Goods = Annotated[GoodsIndex, Depends(goods_index)]


@router.post("/guidance")
async def ask(body: AskGuidance, tx: PermitsTransaction, guide: Guide, book: Book) -> GuidanceView:
    """Answer for these facts. The same facts under the same rules give the same answer id."""
    facts = facts_of(body, today=book.day_of(tx.now))
    return guidance_view(await give_guidance(tx, facts=facts, book=guide))


@router.get("/guidance/{answer_id}")
async def replay(
    answer_id: Annotated[str, Path(pattern=ID_PATTERN)], tx: PermitsReading, guide: Guide
) -> ReplayView:
    """Show an answer as it was given, and whether today's rules are the same and still give it."""
    found = await replay_guidance(tx, answer_id=answer_id, book=guide)
    shown = guidance_view(found.answer)
    return ReplayView(
        answer_id=shown.answer_id,
        asked_at=shown.asked_at,
        advice=shown.advice,
        is_current=found.is_current,
        is_reproduced=found.is_reproduced,
    )


@router.get("/goods")
async def goods(
    index: Goods,
    q: Annotated[str, Query(min_length=1, max_length=200, description="plain words")],
    limit: Annotated[int, Query(ge=1, le=GOODS_MAX)] = 10,
) -> Page[GoodsView]:
    """Find the code of goods by plain words in English, Malay or Chinese."""
    return Page(
        items=[
            GoodsView(hs_code=one.code, product=one.product, words=one.words)
            for one in index.find(q, limit=limit)
        ]
    )
