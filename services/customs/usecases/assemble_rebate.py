"""Assemble the evidence of export rebates as it comes, say when it is whole, take back shares."""

from dataclasses import replace
from datetime import datetime

from services.customs.domain.documents import OrderDocument
from services.customs.domain.drawback import end_of, months_after
from services.customs.domain.rebate import (
    RebateCase,
    RebateLine,
    Scheme,
    reimport_refusal,
)
from services.customs.domain.rulebook import ExportedSale
from services.customs.store.tx import CustomsTx
from shared.contracts.customs.events import RebateClawedBack, RebateEvidenced
from shared.contracts.event import MoneyWords
from shared.kernel.errors import NotFound, Rejected
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

EVIDENCE_LENGTH_MAX = 100


class NoRebateHere(Rejected):
    """This country, or this way out of it, gives no tax back."""

    code = "customs.no-rebate-here"


class RebateOrderUnknown(NotFound):
    """Money came home for an order that this hub has not heard of; replay it when it has."""

    code = "customs.rebate-order-unknown"


async def note_departure(tx: CustomsTx, consolidation_id: str, departed_at: datetime) -> None:
    """A unit left: each order in it that earns a rebate gets its release and departure."""
    export = await tx.exports.of_unit(consolidation_id)
    if export is None:
        return
    sealed = await tx.exports.unit_parcels(consolidation_id)
    orders = await tx.documents.orders({parcel.order_id for parcel in sealed})
    for order_id in sorted(orders):
        case = await _case(tx, orders[order_id])
        if case is None or case.departed_at is not None:
            continue
        await keep_case(
            tx,
            replace(
                case,
                declaration_id=export.id,
                released_at=export.released_at,
                departed_at=departed_at,
                version=case.version + 1,
            ),
        )


async def note_proceeds(tx: CustomsTx, order_id: str, amount: Money) -> None:
    """An order's export proceeds are home; the first word of it counts."""
    await tx.locks.hold([order_id])
    order = await tx.documents.order(order_id)
    if order is None:
        raise RebateOrderUnknown(f"order {order_id} is not known here yet")
    case = await _case(tx, order)
    if case is not None and case.proceeds is None:
        await keep_case(tx, replace(case, proceeds=amount, version=case.version + 1))


async def note_invoice(
    tx: CustomsTx, *, order_id: str, invoice_no: str, purchases: dict[int, Money]
) -> RebateCase:
    """Take in the purchase invoice of an exported order, or raise what does not fit."""
    case = await _case_of(tx, order_id)
    if case is None:
        raise NoRebateHere("no rebate is due for this order", field="order_id")
    return await keep_case(tx, case.invoiced(invoice_no, purchases))


async def take_back_export(
    tx: CustomsTx, *, order_id: str, pieces: dict[int, int], arrived_at: datetime, is_original: bool
) -> tuple[RebateCase, Money, str | None]:
    """Exported goods are back: repay their share, and say why import tax is due, if it is."""
    await tx.locks.hold([order_id])
    case = await tx.rebates.get(order_id)
    if case.departed_at is None:
        raise NoRebateHere("the order has not left yet", field="order_id")
    exported_on = tx.rulebook.day_of(tx.country, case.departed_at)
    rules = tx.rulebook.reimport_rules(tx.country, on=exported_on)
    refusal = reimport_refusal(
        rules,
        exported_on=exported_on,
        last_day=months_after(exported_on, rules.months),
        arrived_on=tx.rulebook.day_of(tx.country, arrived_at),
        channel=case.channel,
        hs_codes=tuple(line.hs_code for line in case.lines if line.line_no in pieces),
        is_original=is_original,
    )
    after, share = await claw_back(tx, case, pieces)
    return after, share, refusal


async def claw_back(
    tx: CustomsTx, case: RebateCase, pieces: dict[int, int]
) -> tuple[RebateCase, Money]:
    """Take back the share of pieces that came back; return it, nothing where none was paid."""
    after, share = case.came_back(pieces)
    await tx.rebates.save(after)
    if share.minor:
        event = RebateClawedBack(
            case_id=after.case_id,
            scheme=after.scheme.value,
            seller_id=after.seller_id,
            amount=MoneyWords.of(share),
            reason="goods-came-back",
            at=tx.now,
        )
        await tx.emit(event, key=after.case_id, sequence=after.version)
    return after, share


async def seller_of(tx: CustomsTx, order_id: str) -> str | None:
    """Return who exported an order, None where this hub knows of no such order."""
    order = await tx.documents.order(order_id)
    if order is not None:
        return order.seller_id
    case = await tx.rebates.of_order(order_id)
    return None if case is None else case.seller_id


async def _case_of(tx: CustomsTx, order_id: str) -> RebateCase | None:
    await tx.locks.hold([order_id])
    order = await tx.documents.order(order_id)
    return await tx.rebates.of_order(order_id) if order is None else await _case(tx, order)


async def _case(tx: CustomsTx, order: OrderDocument) -> RebateCase | None:
    return await case_of_sale(tx, order, order_id=order.order_id, seller_id=order.seller_id)


async def case_of_sale(
    tx: CustomsTx, sale: ExportedSale, *, order_id: str, seller_id: str
) -> RebateCase | None:
    """Return an order's case as it stands, a new one if it earns a rebate, else None."""
    await tx.locks.hold([order_id])
    found = await tx.rebates.of_order(order_id)
    if found is not None:
        return found
    on = tx.rulebook.day_of(tx.country, tx.now)
    rates = tx.rulebook.rebate_rates(tx.country, sale, on=on)
    if rates is None:
        return None
    return RebateCase(
        case_id=derived_id("rbt", tx.hub, order_id),
        scheme=Scheme.CN_REBATE,
        seller_id=seller_id,
        order_id=order_id,
        order_no=sale.order_no,
        declaration_id="",
        channel=rates.channel,
        rounding=rates.rounding,
        lines=tuple(
            RebateLine(
                line_no=line.line_no,
                hs_code=line.hs_code,
                quantity=line.quantity,
                rate=rates.by_line[line.line_no],
            )
            for line in sale.lines
        ),
    )


async def keep_case(tx: CustomsTx, case: RebateCase) -> RebateCase:
    """Keep a case; with the last piece of evidence say so, once."""
    if case.missing or case.evidenced_at is not None:
        await tx.rebates.save(case)
        return case
    whole = case.evidenced(at=tx.now)
    await tx.rebates.save(whole)
    assert whole.amount is not None, "an evidenced case knows its amount"
    assert whole.departed_at is not None, "an evidenced case has left"
    exported_on = tx.rulebook.day_of(tx.country, whole.departed_at)
    event = RebateEvidenced(
        case_id=whole.case_id,
        scheme=whole.scheme.value,
        seller_id=whole.seller_id,
        order_id=whole.order_id,
        declaration_id=whole.declaration_id,
        amount=MoneyWords.of(whole.amount),
        evidence=_evidence(whole),
        claim_by=end_of(tx.rulebook.rebate_claim_by(tx.country, exported_on=exported_on)),
        evidenced_at=tx.now,
    )
    await tx.emit(event, key=whole.case_id, sequence=whole.version)
    return whole


def _evidence(case: RebateCase) -> tuple[str, ...]:
    """Name what proves the case, each in at most as many characters as the event has room for."""
    assert case.departed_at is not None, "an evidenced case has left"
    named = (
        f"release {case.declaration_id}",
        f"departure {case.departed_at.isoformat()}",
        f"proceeds of order {case.order_no}",
        f"invoice {case.invoice_no}",
    )
    return tuple(text[:EVIDENCE_LENGTH_MAX] for text in named)
