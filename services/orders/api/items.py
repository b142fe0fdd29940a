"""The caller's catalogue over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.orders.api.deps import IntakeRulebook, OrdersReading, OrdersTransaction
from services.orders.domain.item import Item
from services.orders.usecases.register_item import register_item
from shared.contracts.event import MoneyWords
from shared.contracts.orders.catalogue import ItemView, RegisterItem
from shared.contracts.times import Day
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/items", tags=["catalogue"], route_class=DoorRoute)

READS = [Depends(requires("orders:read"))]
WRITES = [Depends(requires("orders:write", "orders:answer"))]


@router.post("", status_code=201, dependencies=WRITES)
async def register(
    body: RegisterItem,
    tx: OrdersTransaction,
    caller: Caller,
    rulebook: IntakeRulebook,
    response: Response,
) -> ItemView:
    """Put a good into the catalogue, classified, or the next version of one that is there."""
    today = rulebook.today(tx.now)
    new = Item(
        id=tx.ids.new("itm"),
        owner_id=caller.member_id,
        sku=body.sku,
        gtin=body.gtin,
        description=body.description,
        codes=body.codes,
        origin=body.origin,
        unit_price=body.unit_price.money(),
        net_weight_g=body.net_weight_g,
        valid_from=body.valid_from or today,
        registered_at=tx.now,
    )
    kept = await register_item(tx, item=new, hs_digits=rulebook.hs_digits(on=new.valid_from))
    response.headers["Location"] = f"/v1/items/{kept.id}"
    return item_view(kept)


@router.get("/{item_id}", dependencies=READS)
async def read(
    item_id: Annotated[str, Path(pattern=ID_PATTERN)], tx: OrdersReading, caller: Caller
) -> ItemView:
    """Read one version of an item."""
    return item_view(await tx.items.get(item_id, owner_id=caller.member_id))


@router.get("", dependencies=READS)
async def page(
    tx: OrdersReading,
    caller: Caller,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    sku: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    on: Annotated[Day | None, Query(description="only what is in force on that day")] = None,
) -> Page[ItemView]:
    """List the versions in the caller's catalogue by id."""
    found = await tx.items.page(
        owner_id=caller.member_id, after=after(cursor), limit=limit, sku=sku, on=on
    )
    return Page(
        items=[item_view(one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


def item_view(one: Item) -> ItemView:
    return ItemView(
        id=one.id,
        sku=one.sku,
        gtin=one.gtin,
        description=one.description,
        codes=dict(one.codes),
        origin=one.origin,
        unit_price=MoneyWords.of(one.unit_price),
        net_weight_g=one.net_weight_g,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        registered_at=one.registered_at,
    )
