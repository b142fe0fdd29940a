"""Decide about the tax of goods that go back, once they are applied for and have come back."""

from dataclasses import replace
from datetime import date

from services.customs.domain.declaration import Declaration
from services.customs.domain.goods_return import (
    Condition,
    GoodsReturn,
    ReturnedQuantity,
    give_back,
    refusal_of,
)
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.low_value_goods import note_released
from services.customs.usecases.tax_bills import void_bill
from shared.contracts.customs.events import ReturnAccepted, ReturnRefused
from shared.contracts.event import MoneyWords
from shared.kernel.errors import Conflict


async def hear_return(
    tx: CustomsTx, heard: GoodsReturn, *, lines: tuple[ReturnedQuantity, ...]
) -> GoodsReturn:
    """Take in what is known of a return, in any order; decide when it is all there."""
    await tx.locks.hold([heard.logistics_no, heard.order_id])
    before = await tx.returns.find(heard.return_id)
    known = (
        heard
        if before is None
        else before.heard(
            lines=lines,
            applied_at=heard.applied_at,
            arrived_at=heard.arrived_at,
            condition=heard.condition,
        )
    )
    after = await _decided(tx, known) if known.is_ready else known
    if after != before:
        await tx.returns.save(after)
    return after


class NotReleased(Conflict):
    """Only goods that were released can go back."""

    code = "customs.not-released"


async def apply_to_give_back(tx: CustomsTx, applied: GoodsReturn) -> GoodsReturn:
    """Keep an application; one that is late is refused at once. It is the same when repeated.

    Raises NotReleased, and ReturnExceedsImport when more would go back than came in, what others
    applied for counted too.
    """
    await tx.locks.hold([applied.logistics_no, applied.order_id])
    before = await tx.returns.find(applied.return_id)
    if before is not None:
        return before
    declaration = (await tx.declarations.of_parcels([applied.logistics_no]))[applied.logistics_no]
    released_on = _released_on(tx, declaration)
    if released_on is None or applied.applied_at is None:
        raise NotReleased(f"it is in status {declaration.status.value}")
    await _check_room(tx, declaration, applied)
    rules = tx.rulebook.return_rules(tx.country, on=released_on)
    applied_on = tx.rulebook.day_of(tx.country, applied.applied_at)
    refusal = refusal_of(
        rules,
        released_on=released_on,
        applied_on=applied_on,
        arrived_on=applied_on,
        condition=Condition.ORIGINAL,
    )
    kept = applied
    if refusal is not None:
        kept = replace(applied, decided_at=tx.now, refusal=refusal, rule=rules.basis.rule)
    await tx.returns.save(kept)
    return kept


async def note_arrival(tx: CustomsTx, return_id: str, condition: Condition) -> GoodsReturn:
    """Note that the goods of an application are back at the supervised site, and decide."""
    one = await tx.returns.get(return_id)
    heard = replace(one, arrived_at=tx.now, condition=condition)
    return await hear_return(tx, heard, lines=one.lines)


async def _check_room(tx: CustomsTx, declaration: Declaration, applied: GoodsReturn) -> None:
    assert declaration.tax is not None, "a released declaration knows its tax"
    open_ones = [
        one
        for one in await tx.returns.of_order(applied.order_id)
        if one.decided_at is None and one.logistics_no == applied.logistics_no
    ]
    wanted = [line for one in (*open_ones, applied) for line in one.lines]
    sums = {
        line.line_no: sum(other.quantity for other in wanted if other.line_no == line.line_no)
        for line in wanted
    }
    lines = tuple(ReturnedQuantity(line_no=no, quantity=n) for no, n in sorted(sums.items()))
    give_back(declaration.assessed, lines, currency=declaration.tax.currency)


async def _decided(tx: CustomsTx, one: GoodsReturn) -> GoodsReturn:
    assert one.applied_at is not None, "it is ready"
    assert one.arrived_at is not None, "it is ready"
    declaration = (await tx.declarations.of_parcels([one.logistics_no])).get(one.logistics_no)
    released_on = None if declaration is None else _released_on(tx, declaration)
    rules = tx.rulebook.return_rules(
        tx.country, on=released_on or tx.rulebook.day_of(tx.country, tx.now)
    )
    refusal = refusal_of(
        rules,
        released_on=released_on,
        applied_on=tx.rulebook.day_of(tx.country, one.applied_at),
        arrived_on=tx.rulebook.day_of(tx.country, one.arrived_at),
        condition=one.condition or Condition.WRONG_GOODS,
    )
    decided = replace(one, decided_at=tx.now, refusal=refusal, rule=rules.basis.rule)
    if refusal is None:
        assert declaration is not None, "what was released has its declaration"
        decided = await _given_back(tx, decided, declaration)
    await _announce(tx, decided, declaration)
    return decided


def _released_on(tx: CustomsTx, declaration: Declaration) -> date | None:
    for step in declaration.history:
        if step.status is Status.RELEASED:
            return tx.rulebook.day_of(tx.country, step.at)
    return None


async def _given_back(tx: CustomsTx, one: GoodsReturn, declaration: Declaration) -> GoodsReturn:
    """Void the bill's part and restore the buyer's year by what the goods counted."""
    assert declaration.tax is not None, "a released declaration knows its tax"
    assessed, tax, dutiable = give_back(
        declaration.assessed, one.lines, currency=declaration.tax.currency
    )
    after = declaration.gave_back(assessed, one.return_id, at=tx.now)
    await tx.declarations.save(after)
    note_released(tx, after)
    await tx.low_value_goods.flush()
    await void_bill(tx, declaration, tax)
    restored = await tx.allowances.reduce(declaration.id, by=dutiable)
    return replace(one, tax_returned=tax, allowance_returned=restored)


async def _announce(tx: CustomsTx, one: GoodsReturn, declaration: Declaration | None) -> None:
    if declaration is not None and not declaration.seller_hub:
        return
    assert one.decided_at is not None, "a decision knows when"
    named = {
        "return_id": one.return_id,
        "order_id": one.order_id,
        "order_no": one.order_no,
        "logistics_no": one.logistics_no,
        "decided_at": one.decided_at,
    }
    audience = () if declaration is None else (declaration.seller_hub,)
    if one.refusal is not None:
        refused = ReturnRefused(**named, reason=one.refusal.value, rule=one.rule)
        await tx.emit(refused, key=one.return_id, audience=audience)
        return
    assert one.tax_returned is not None, "an accepted return gives tax back"
    assert one.allowance_returned is not None, "an accepted return says so"
    accepted = ReturnAccepted(
        **named,
        tax_returned=MoneyWords.of(one.tax_returned),
        allowance_returned=MoneyWords.of(one.allowance_returned),
    )
    await tx.emit(accepted, key=one.return_id, audience=audience)
