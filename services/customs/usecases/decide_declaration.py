"""What officers decide about an import: look at it, keep it, let it go, send it back."""

from services.customs.domain.declaration import Declaration
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce import announce
from services.customs.usecases.declare_parcel import tax_bill_no
from services.customs.usecases.draw_quotas import give_back_quotas
from services.customs.usecases.low_value_goods import note_released


async def inspect_declaration(
    tx: CustomsTx, *, declaration_id: str, by: str, reason: str
) -> Declaration:
    """Have the goods looked at, now or as soon as the declaration is accepted."""
    before = await hold_declaration(tx, declaration_id)
    after = before.inspected(at=tx.now, by=by, reason=reason)
    return await _kept(tx, before, after)


async def detain_declaration(
    tx: CustomsTx, *, declaration_id: str, kind: Status, by: str, reason: str
) -> Declaration:
    """Keep the goods after they were looked at."""
    before = await hold_declaration(tx, declaration_id)
    return await _kept(tx, before, before.detained(kind, at=tx.now, by=by, reason=reason))


async def release_declaration(
    tx: CustomsTx, *, declaration_id: str, by: str, reason: str
) -> Declaration:
    """Let the parcel go to its buyer."""
    before = await hold_declaration(tx, declaration_id)
    after = before.released(bill_no=tax_bill_no(before), at=tx.now, by=by, reason=reason)
    note_released(tx, after)
    await tx.low_value_goods.flush()
    return await _kept(tx, before, after)


async def send_back_declaration(
    tx: CustomsTx, *, declaration_id: str, by: str, reason: str
) -> Declaration:
    """Send the parcel back to its seller; the buyer's year is not charged with it."""
    before = await hold_declaration(tx, declaration_id)
    after = before.sent_back(at=tx.now, by=by, reason=reason)
    await tx.allowances.give_back(before.id)
    await tx.tax_bills.drop(before.id)
    await give_back_quotas(tx, before.id)
    return await _kept(tx, before, after)


async def hold_declaration(tx: CustomsTx, declaration_id: str) -> Declaration:
    """Return the declaration as it stands once nobody else is at its parcel."""
    found = await tx.declarations.get(declaration_id)
    await tx.locks.hold([found.logistics_no, found.order_id])
    return await tx.declarations.get(declaration_id)


async def _kept(tx: CustomsTx, before: Declaration, after: Declaration) -> Declaration:
    if after == before:
        return after
    await tx.declarations.save(after)
    if after.status is not before.status:
        await announce(tx, after)
    return after
