"""The rebate of an order that leaves by export list: its papers are the evidence.

The list says when the goods were released and left, the receipt (403) which money came; the seller
files the purchase invoice. What comes back by 213 and 215 repays its share first (C14).
"""

from collections.abc import Collection
from dataclasses import replace

from services.customs.domain.export_list import ExportList, ExportReturn
from services.customs.store.tx import CustomsTx
from services.customs.usecases.assemble_rebate import case_of_sale, claw_back, keep_case
from shared.kernel.ids import derived_id


async def note_exported(tx: CustomsTx, lists: Collection[ExportList]) -> None:
    """Note the release of lists and, once they left, their departure.

    Only a seller whose code is a member's has a case: nobody else could be paid.
    """
    gone = [one for one in lists if one.released_at is not None]
    if not gone:
        return
    sellers = await tx.filers.find({one.declared.seller_code for one in gone})
    papers = await tx.export_lists.papers([one.logistics_no for one in gone])
    for one in sorted(gone, key=lambda one: one.order_key):
        seller = sellers.get(one.declared.seller_code)
        receipt = papers[one.logistics_no].receipt
        if seller is None or receipt is None:
            continue
        order_id = order_of_list(tx, one)
        case = await case_of_sale(tx, one.declared, order_id=order_id, seller_id=seller.member_id)
        if case is None:
            continue
        noted = replace(
            case,
            declaration_id=one.id,
            released_at=one.released_at,
            departed_at=one.departed_at,
            proceeds=receipt.amount,
        )
        if noted != case:
            await keep_case(tx, replace(noted, version=case.version + 1))


async def take_back_listed(tx: CustomsTx, one: ExportList, returned: ExportReturn) -> None:
    """Claw back the rebate of goods that are at the site again."""
    order_id = order_of_list(tx, one)
    await tx.locks.hold([order_id])
    case = await tx.rebates.of_order(order_id)
    if case is not None:
        await claw_back(tx, case, {line.line_no: line.quantity for line in returned.lines})


def order_of_list(tx: CustomsTx, one: ExportList) -> str:
    """An order declared by message is named by its platform and number."""
    return derived_id("ord", tx.hub, one.order_key)
