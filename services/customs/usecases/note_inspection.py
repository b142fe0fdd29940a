"""Note what an inspection found: the parcel is released, or kept for what it is."""

from collections.abc import Sequence
from dataclasses import replace

from services.customs.domain.declaration import Declaration, StepNotAllowed
from services.customs.domain.goods_return import ReturnedQuantity, give_back
from services.customs.domain.inspection import CONSEQUENCES, MissingLinesWrong, Outcome
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.decide_declaration import (
    detain_declaration,
    hold_declaration,
    release_declaration,
)
from services.customs.usecases.tax_bills import void_bill


async def note_inspection(
    tx: CustomsTx,
    *,
    declaration_id: str,
    outcome: Outcome,
    missing: Sequence[ReturnedQuantity],
    by: str,
) -> Declaration:
    """Release what is as declared, or short; keep the rest under the status that fits.

    Pieces that were not there bear no tax and count to nobody's year; payments hears what the buyer
    paid for them in vain. Raises StepNotAllowed for
    goods that are not being inspected.
    """
    if bool(missing) != (outcome is Outcome.SHORT):
        raise MissingLinesWrong("name the missing pieces of goods that are short", field="missing")
    before = await hold_declaration(tx, declaration_id)
    if before.status is not Status.INSPECTED:
        raise StepNotAllowed(
            f"its goods are not being looked at: status {before.status.value}",
            current=before.status.value,
        )
    if missing:
        await _take_off(tx, before, tuple(missing))
    reason = f"inspected: {outcome.value}"
    kind = CONSEQUENCES[outcome]
    if kind is Status.RELEASED:
        return await release_declaration(tx, declaration_id=before.id, by=by, reason=reason)
    return await detain_declaration(tx, declaration_id=before.id, kind=kind, by=by, reason=reason)


async def _take_off(
    tx: CustomsTx, before: Declaration, missing: tuple[ReturnedQuantity, ...]
) -> None:
    assert before.tax is not None, "accepted goods know their tax"
    assessed, tax, dutiable = give_back(before.assessed, missing, currency=before.tax.currency)
    short = replace(before, assessed=assessed, tax=before.tax - tax, relieved=tax)
    await tx.declarations.save(short)
    await void_bill(tx, before, tax)
    await tx.allowances.reduce(before.id, by=dutiable)
