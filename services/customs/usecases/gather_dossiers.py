"""Look at parcels again after a document came: open, declare, correct or close what can be."""

from collections.abc import Collection
from dataclasses import replace

from services.customs.domain.authority import SIMULATOR
from services.customs.domain.declaration import Declaration
from services.customs.domain.documents import Dossier
from services.customs.domain.listing import ListedDossier, complete_by_list
from services.customs.domain.status import Status
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.declare_parcel import declare_listed, declare_parcel
from shared.kernel.ids import derived_id, parse_id

WAITING = frozenset({Status.STORED, Status.RETURNED, Status.SEND_FAILED})
"""Where a complete dossier is declared, for the first time or again."""


async def file_documents(tx: CustomsTx, filed: Collection[Filed]) -> None:
    """Keep documents, then look at every parcel they concern. What came before changes nothing."""
    orders = {one.order_id for one in filed if one.order_id is not None}
    parcels = {one.logistics_no for one in filed if one.logistics_no is not None}
    await tx.locks.hold(orders | parcels)
    await tx.documents.keep(list(filed))
    for one in filed:
        if one.order_id is not None and one.logistics_no is None:
            parcels.update(await tx.documents.parcels_of(one.order_id))
    await gather_dossiers(tx, parcels)


async def gather_dossiers(tx: CustomsTx, logistics_nos: Collection[str]) -> None:
    """Bring the declarations of these parcels as far as their documents allow."""
    order_of = await tx.documents.orders_of(logistics_nos)
    await tx.locks.hold({*logistics_nos, *order_of.values()})
    dossiers = await tx.documents.dossiers(order_of)
    known = await tx.declarations.of_parcels(order_of)
    siblings: dict[str, dict[str, Declaration]] = {}
    for one in await tx.declarations.of_orders(set(order_of.values())):
        siblings.setdefault(one.order_id, {})[one.id] = one
    listed = {number: complete_by_list(dossiers[number]) for number in dossiers}
    await _load_years(tx, [one for n, one in dossiers.items() if listed[n] or one.complete()])
    new: list[Declaration] = []
    for logistics_no in sorted(dossiers):
        before = known.get(logistics_no)
        dossier = dossiers[logistics_no]
        opened = before or _opened(tx, dossier, order_of[logistics_no])
        of_order = siblings.setdefault(opened.order_id, {})
        after = await _brought_on(
            tx, opened, dossier, listed[logistics_no], siblings=of_order.values()
        )
        if before is None:
            new.append(after)
        elif after != before:
            await tx.declarations.save(after)
        of_order[after.id] = after
    await tx.declarations.add(new)
    await tx.tax_bills.flush()
    await tx.low_value_goods.flush()
    await tx.allowances.flush()


async def _load_years(tx: CustomsTx, dossiers: Collection[Dossier]) -> None:
    """Hold and read the years of all buyers whose parcels can be declared now, once for all."""
    ready = [one.order.orderer.id_number for one in dossiers if one.order is not None]
    if not ready:
        return
    on = tx.rulebook.day_of(tx.country, tx.now)
    currency = tx.rulebook.import_rules(tx.country, on=on).arithmetic.currency
    await tx.locks.hold(ready)
    await tx.allowances.load(ready, on.year, currency=currency)


def _opened(tx: CustomsTx, dossier: Dossier, order_id: str) -> Declaration:
    booking, goods_list = dossier.booking, dossier.goods_list
    on = tx.rulebook.day_of(tx.country, tx.now)
    deadline = tx.rulebook.papers_by(tx.country, on=on)
    if booking is None:
        assert goods_list is not None, "a parcel is looked at from its booking or its list on"
        return Declaration(
            id=derived_id("dec", tx.hub, goods_list.logistics_no),
            logistics_no=goods_list.logistics_no,
            order_id=order_id,
            order_no=goods_list.order_no,
            seller_id=goods_list.seller_code,
            seller_hub="",
            guarantor=goods_list.guarantor,
            deadline=deadline,
        )
    return Declaration(
        id=derived_id("dec", tx.hub, booking.logistics_no),
        logistics_no=booking.logistics_no,
        order_id=booking.order_id,
        order_no=booking.order_no,
        seller_id=booking.seller_id,
        seller_hub=parse_id(booking.parcel_id).hub,
        deadline=deadline,
    )


async def _brought_on(
    tx: CustomsTx,
    declaration: Declaration,
    dossier: Dossier,
    listed: ListedDossier | None,
    *,
    siblings: Collection[Declaration],
) -> Declaration:
    here = declaration
    if dossier.order is not None and not here.marketplace_id:
        here = replace(here, marketplace_id=dossier.order.marketplace_id)
    if bool(here.withdrawn) != bool(dossier.withdrawn):
        here = here.marked_withdrawn(dossier.withdrawn)
    if here.status in WAITING and not here.withdrawn:
        only = _is_only_one(here, siblings)
        complete = dossier.complete()
        if complete is not None:
            here = await declare_parcel(tx, here, complete, is_only_one=only)
        elif listed is not None:
            here = await declare_listed(tx, here, listed, is_only_one=only)
    if dossier.delivery is not None and here.status is Status.RELEASED:
        here = here.closed(at=tx.now, by=SIMULATOR)
    return here


def _is_only_one(declaration: Declaration, siblings: Collection[Declaration]) -> bool:
    """Say whether no other parcel of the order is on its way through customs."""
    return not any(
        other.id != declaration.id
        and not other.withdrawn
        and not other.is_before_acceptance
        and other.status is not Status.SENT_BACK
        for other in siblings
    )
