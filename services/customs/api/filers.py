"""Which firms may file at the gate: officers register them by their codes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.customs.api.deps import CustomsReading, CustomsTransaction
from services.customs.store.filers import Filer
from services.customs.usecases.filers import register_filer
from shared.contracts.customs.api import FilerPage, FilerView, RegisterFiler
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/gates/cn/filers",
    tags=["gate of China"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("customs:decide"))],
)
FILERS_PER_PAGE_MAX = 100
Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,18}$")]


@router.put("/{code}")
async def register(
    code: Code, body: RegisterFiler, tx: CustomsTransaction, caller: Caller
) -> FilerView:
    """Let a member file under a registration code, in place of whoever did before."""
    return _view(await register_filer(tx, code=code, member_id=body.member_id, by=caller.member_id))


@router.delete("/{code}", status_code=204)
async def remove(code: Code, tx: CustomsTransaction) -> None:
    """Let nobody file under a registration code any more."""
    await tx.filers.remove(code)


@router.get("")
async def filers(
    tx: CustomsReading,
    after: Annotated[str, Query(max_length=18)] = "",
    limit: Annotated[int, Query(ge=1, le=FILERS_PER_PAGE_MAX)] = FILERS_PER_PAGE_MAX,
) -> FilerPage:
    """Who files here, by code; go on behind the last code seen."""
    return FilerPage(items=[_view(one) for one in await tx.filers.page(after=after, limit=limit)])


def _view(one: Filer) -> FilerView:
    return FilerView(
        code=one.code,
        member_id=one.member_id,
        registered_by=one.registered_by,
        registered_at=one.registered_at,
    )
