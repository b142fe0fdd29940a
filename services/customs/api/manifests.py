"""Manifests over HTTP, for officers and operators: what left, against what was declared."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from services.customs.api.deps import CustomsReading
from services.customs.domain.manifest import ManifestCheck, ManifestState
from shared.contracts.customs.manifests import (
    ManifestFindingView,
    ManifestSummary,
    ManifestView,
    ShortLineView,
)
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/manifests", tags=["manifests"], route_class=DoorRoute)
OFFICER = [Depends(requires("customs:decide"))]
StateFilter = Annotated[
    Literal["waiting-for-manifest", "waiting-for-declaration", "agrees", "differs"] | None,
    Query(description="only units in this state"),
]


@router.get("", dependencies=OFFICER)
async def page(
    tx: CustomsReading,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    state: StateFilter = None,
) -> Page[ManifestSummary]:
    """List units by consolidation; `state=differs` names those that somebody must look at."""
    found = await tx.manifests.page(
        after=after(cursor), limit=limit, state=None if state is None else ManifestState(state)
    )
    return Page(
        items=[
            ManifestSummary(
                consolidation_id=one.consolidation_id,
                state=one.state.value,
                differences=len(one.findings),
            )
            for one in found
        ],
        next_cursor=cursor_for([one.consolidation_id for one in found], limit=limit),
    )


@router.get("/{consolidation_id}", dependencies=OFFICER)
async def read(
    consolidation_id: Annotated[str, Path(pattern=ID_PATTERN)], tx: CustomsReading
) -> ManifestView:
    """Read what left in one unit, parcel by parcel where it differs from what was declared."""
    return _view(await tx.manifests.get(consolidation_id))


def _view(one: ManifestCheck) -> ManifestView:
    manifest, declared = one.manifest, one.declared
    told = manifest or declared
    return ManifestView(
        consolidation_id=one.consolidation_id,
        state=one.state.value,
        master_waybill=None if told is None else told.master_waybill,
        declaration_id=None if declared is None else declared.declaration_id,
        parcels_declared=0 if declared is None else len(declared.parcels),
        parcels_manifested=0 if manifest is None else len(manifest.parcels),
        findings=tuple(
            ManifestFindingView(
                code=finding.code.value,
                logistics_no=finding.logistics_no or None,
                declared=finding.declared or None,
                manifested=finding.manifested or None,
            )
            for finding in one.findings
        ),
        short_lines=tuple(
            ShortLineView(hs_code=line.hs_code, declared=line.declared, shipped=line.shipped)
            for line in one.short_lines
        ),
        departed_at=None if manifest is None else manifest.departed_at,
    )
