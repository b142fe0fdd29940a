"""Write the goods of a released export or an accepted form off licences, once per declaration.

A declaration released anew (its unit was sealed with fewer parcels, its form was amended or
cancelled) replaces what it had used; an older release that arrives late changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from services.permits.domain.states import LicenceDeed
from services.permits.domain.write_off import (
    GoodsThatLeft,
    LineKey,
    Plan,
    RefusedUse,
    Use,
    WriteOff,
    plan_uses,
)
from services.permits.store.tx import PermitsTx
from services.permits.usecases.change_licence import keep_licence
from shared.contracts.event import Event
from shared.contracts.permits.events import PermitUsed, PermitUseRefused, PermitUseReturned


async def write_off_goods(
    tx: PermitsTx,
    *,
    declaration_id: str,
    sequence: int,
    released_at: datetime,
    destination: str,
    goods: Sequence[GoodsThatLeft],
) -> None:
    """Use up licences for what left, record what was refused, and say both."""
    earlier = await tx.write_offs.find(declaration_id)
    if earlier is not None and not earlier.is_older_than(sequence, released_at):
        return
    used = _by_line(earlier.plan.uses if earlier else ())
    licences = await tx.licences.of_holders(
        sorted({item.holder_id for item in goods}),
        at=released_at,
        also=sorted({permit_id for permit_id, _ in used}),
    )
    plan = plan_uses(goods, licences, destination=destination, at=released_at, given_back=used)
    await tx.write_offs.save(
        WriteOff(
            declaration_id=declaration_id, sequence=sequence, released_at=released_at, plan=plan
        )
    )
    now_used = _by_line(plan.uses)
    for licence in licences:
        changed = licence
        for line in licence.lines:
            key = (licence.id, line.line_no)
            by = now_used.get(key, 0) - used.get(key, 0)
            if by:
                changed = changed.with_line_changed(line.line_no, by=by, at=tx.now)
                use = _use_news(key, by=by, left=line.left - by, declaration_id=declaration_id)
                await tx.emit(use, key=licence.id, sequence=changed.version)
        if changed is not licence:
            await keep_licence(
                tx,
                licence,
                changed,
                deed=LicenceDeed.WRITE_OFF,
                by=None,
                cause=declaration_id,
            )
    already = earlier.plan.refused if earlier else ()
    await _say_refused(tx, plan, already=already, declaration_id=declaration_id, version=sequence)


def _by_line(uses: Sequence[Use]) -> dict[LineKey, int]:
    return {(use.permit_id, use.line_no): use.quantity for use in uses}


def _use_news(key: LineKey, *, by: int, left: int, declaration_id: str) -> Event:
    permit_id, line_no = key
    news = PermitUsed if by > 0 else PermitUseReturned
    return news(
        permit_id=permit_id,
        line_no=line_no,
        quantity=abs(by),
        left=left,
        declaration_id=declaration_id,
    )


async def _say_refused(
    tx: PermitsTx,
    plan: Plan,
    *,
    already: Sequence[RefusedUse],
    declaration_id: str,
    version: int,
) -> None:
    for refused in plan.refused:
        if refused in already:
            continue
        event = PermitUseRefused.model_validate(
            {
                "declaration_id": declaration_id,
                "holder_id": refused.holder_id,
                "permit_type": refused.permit_type,
                "hs_code": refused.hs_code,
                "quantity": refused.quantity,
                "left": refused.left,
                "unit": refused.unit,
                "reason": refused.reason,
                "declaration_version": version,
            }
        )
        await tx.emit(event, key=declaration_id)
