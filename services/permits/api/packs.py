"""Country packs over HTTP: the versions held here, those refused, and publishing one's own."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from services.permits.api.deps import PermitsReading, PermitsTransaction, Signer
from services.permits.store.pack_versions import PackVersion
from services.permits.usecases.publish_pack import publish_pack
from shared.contracts.permits.packs import (
    PackVersionView,
    PublishPack,
    RefusedPackView,
    SignedPack,
)
from shared.packs.pack import read_pack
from shared.web.auth import requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

DIGEST_PATTERN = r"^sha256:[0-9a-f]{64}$"

router = APIRouter(prefix="/v1/packs", tags=["packs"], route_class=DoorRoute)
READS = Depends(requires("permits:read"))
OPERATES = Depends(requires("hub:operate"))


@router.post("", status_code=201, dependencies=[OPERATES])
async def publish(body: PublishPack, tx: PermitsTransaction, signer: Signer) -> PackVersionView:
    """Publish a version of this country's rules; every mistake in it is named at once."""
    return _view(await publish_pack(tx, pack=read_pack(body.pack), signer=signer))


@router.get("", dependencies=[READS])
async def page(
    tx: PermitsReading, limit: Limit = PAGE_DEFAULT, cursor: Cursor = None
) -> Page[PackVersionView]:
    """List every version held here, by hash."""
    found = await tx.packs.page(after=after(cursor), limit=limit)
    return Page(
        items=[_view(one) for one in found],
        next_cursor=cursor_for([one.digest for one in found], limit=limit),
    )


@router.get("/refused", dependencies=[OPERATES])
async def refused(tx: PermitsReading, limit: Limit = PAGE_DEFAULT) -> Page[RefusedPackView]:
    """List the packs refused last, newest first, each with the check that failed."""
    found = await tx.packs.refused(limit=limit)
    return Page(items=[RefusedPackView.model_validate(vars(one)) for one in found])


@router.get("/{digest}", dependencies=[READS])
async def read(
    digest: Annotated[str, Path(pattern=DIGEST_PATTERN)], tx: PermitsReading
) -> SignedPack:
    """Return one version as its hub signed it, to be checked by anybody."""
    return SignedPack(document=await tx.packs.signed(digest) or None)


def _view(one: PackVersion) -> PackVersionView:
    return PackVersionView(
        country=one.country,
        version=one.version,
        content_hash=one.digest,
        hub=one.hub,
        published_at=one.published_at,
    )
