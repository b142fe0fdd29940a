"""Settle an order line by line: what arrived is released, what will not arrive is given back."""

from services.payments.domain.line_release import ReleaseLines
from services.payments.domain.order import OrderMoney, OrderParcel, give_back_reason, insured
from services.payments.domain.progress import Fate, fates_of, given_back, parcels_of
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from services.payments.usecases.refund_order import refund_of
from shared.kernel.ids import derived_id


async def settle_lines(
    tx: PaymentsTx, order: OrderMoney, parcels: list[OrderParcel], *, is_last: bool
) -> None:
    """Give back the lines that will not arrive, and release those that did while others wait.

    When none of them waits, `is_last`, the order's own release takes all that is left.
    """
    if order.is_released or order.dispute_id:
        return
    fates = fates_of(order, parcels, now=tx.now, inspection=tx.rules.inspection)
    kept, home, waiting = (
        tuple(sorted(no for no, each in fates.items() if each is fate))
        for fate in (Fate.KEPT, Fate.COMES_BACK, Fate.UNKNOWN)
    )
    if home:
        reason = give_back_reason(order, parcels_of(order, parcels, home))
        await _give_back(tx, order, parcels, lines=home, reason=reason)
    if kept and not is_last and await _release(tx, order, kept):
        travelling = {parcel.logistics_no for parcel in parcels_of(order, parcels, waiting)}
        for parcel in parcels_of(order, parcels, kept):
            if parcel.logistics_no not in travelling:
                await tx.orders.note_parcel(order.id, parcel.logistics_no, is_taken=True)


async def refund_overdue_lines(
    tx: PaymentsTx, order: OrderMoney, parcels: list[OrderParcel], *, reason: str
) -> None:
    """Give back the lines of which no parcel was delivered, though another line's was."""
    fates = fates_of(order, parcels, now=tx.now, inspection=tx.rules.inspection)
    late = tuple(
        sorted(
            no
            for no, fate in fates.items()
            if fate is Fate.UNKNOWN
            and all(parcel.delivered_at is None for parcel in parcels_of(order, parcels, [no]))
        )
    )
    if late:
        await _give_back(tx, order, parcels, lines=late, reason=reason)


async def _release(tx: PaymentsTx, order: OrderMoney, lines: tuple[int, ...]) -> bool:
    """Release these lines; say whether it is done, or has to wait for a cap."""
    command = ReleaseLines(
        id=derived_id("cmd", tx.hub, ReleaseLines.NAME, order.id, *map(str, lines)),
        order_id=order.id,
        payment_id=order.payment_id,
        seller_id=order.seller_id,
        seller_hub=order.seller_hub,
        currency=order.currency,
        lines=lines,
    )
    outcome = await post(tx, command)
    if outcome.rejection is not None and not outcome.rejection.is_final:
        return False
    outcome.answered()
    return True


async def _give_back(
    tx: PaymentsTx,
    order: OrderMoney,
    parcels: list[OrderParcel],
    *,
    lines: tuple[int, ...],
    reason: str,
) -> None:
    """Refund lines that will not arrive, with what an insurer pays for their parcels."""
    amounts = given_back(order, parcels, lines)
    command = await refund_of(
        tx,
        order,
        command_id=derived_id("cmd", tx.hub, "give-back", order.id, *map(str, lines)),
        reason=reason,
        amount_minor=sum(each.amount_minor for each in amounts),
        goods_minor=sum(order.line(no).goods_left_minor for no in lines),
        lines=amounts,
        ends_lines=True,
        is_capped=True,
        insured_minor=insured(order, parcels_of(order, parcels, lines)),
    )
    outcome = await post(tx, command)
    outcome.answered()
