"""Export declarations over HTTP, for officers and operators: a unit holds many sellers' goods."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from services.customs.api.deps import CustomsReading, CustomsTransaction, DeclarationId
from services.customs.api.views import export_view
from services.customs.domain.export import ExportState
from services.customs.usecases.decide_export import cancel_export, release_export
from services.customs.usecases.permit_refusals import resolve_export
from shared.contracts.customs.api import Decide, ExportDeclarationView
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(
    prefix="/v1/export-declarations", tags=["export declarations"], route_class=DoorRoute
)
OFFICER = [Depends(requires("customs:decide"))]

StateFilter = Annotated[
    Literal[
        "draft",
        "lodged",
        "accepted",
        "documentary-check",
        "physical-check",
        "released",
        "departed",
        "cancelled",
    ]
    | None,
    Query(description="only declarations in this state"),
]


@router.get("", dependencies=OFFICER)
async def page(
    tx: CustomsReading,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    state: StateFilter = None,
) -> Page[ExportDeclarationView]:
    """List export declarations by id."""
    found = await tx.exports.page(
        after=after(cursor), limit=limit, state=None if state is None else ExportState(state)
    )
    return Page(
        items=[export_view(one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.get("/{declaration_id}", dependencies=OFFICER)
async def read(declaration_id: DeclarationId, tx: CustomsReading) -> ExportDeclarationView:
    """Read one export declaration."""
    return export_view(await tx.exports.get(declaration_id))


@router.post("/{declaration_id}/release", dependencies=OFFICER)
async def release(
    declaration_id: DeclarationId, body: Decide, tx: CustomsTransaction
) -> ExportDeclarationView:
    """Let a unit leave that was held to be looked at."""
    return export_view(await release_export(tx, declaration_id=declaration_id, reason=body.reason))


@router.post("/{declaration_id}/resolve", dependencies=OFFICER)
async def resolve(
    declaration_id: DeclarationId, body: Decide, tx: CustomsTransaction
) -> ExportDeclarationView:
    """Close what was found after the release: a permit that refused its goods."""
    return export_view(await resolve_export(tx, declaration_id, reason=body.reason))


@router.post("/{declaration_id}/cancel", dependencies=OFFICER)
async def cancel(
    declaration_id: DeclarationId, body: Decide, tx: CustomsTransaction
) -> ExportDeclarationView:
    """Withdraw the declaration of a unit that will not leave."""
    return export_view(await cancel_export(tx, declaration_id=declaration_id, reason=body.reason))
