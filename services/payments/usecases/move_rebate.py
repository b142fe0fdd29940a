"""Rebates: opened by customs' evidence, claimed by the seller, answered by a simulation."""

from datetime import timedelta
from typing import Any

from services.payments.domain.outcome import Cause, Instruction
from services.payments.domain.rebate import RebateCase, RebateState
from services.payments.domain.rebates import (
    ClaimRebate,
    ClawBackRebate,
    OpenRebate,
    RepayRebate,
    SettleClaim,
)
from services.payments.domain.rejections import RebateNotKnown
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import commit, post
from shared.contracts.customs.events import RebateClawedBack, RebateEvidenced
from shared.kernel.ids import derived_id

PER_PASS_MAX = 200
TIME = Cause("time", "authority")


async def open_rebate(tx: PaymentsTx, event: RebateEvidenced) -> None:
    command = OpenRebate(
        id=derived_id("cmd", tx.hub, OpenRebate.NAME, event.case_id),
        case_id=event.case_id,
        seller_id=event.seller_id,
        currency=event.amount.currency,
        scheme=event.scheme,
        order_id=event.order_id or "",
        declaration_id=event.declaration_id,
        amount_minor=event.amount.amount_minor,
        evidence=event.evidence,
        claim_by=event.claim_by,
    )
    outcome = await post(tx, command)
    outcome.answered()


async def claw_back(tx: PaymentsTx, event: RebateClawedBack) -> None:
    assert tx.cause is not None, "an event is being handled"
    command = ClawBackRebate(
        id=derived_id("cmd", tx.hub, ClawBackRebate.NAME, event.case_id, tx.cause.id),
        case_id=event.case_id,
        seller_id=event.seller_id,
        currency=event.amount.currency,
        amount_minor=event.amount.amount_minor,
    )
    outcome = await post(tx, command)
    outcome.answered()


async def visible_case(tx: PaymentsTx, case_id: str, member: str | None) -> RebateCase:
    case = await tx.rebates.find(case_id)
    if case is None or member not in (None, case.seller_id):
        raise RebateNotKnown("there is no such case", field="case_id")
    return case


async def prepare_claim(
    tx: PaymentsTx, *, command_id: str, case_id: str, member: str | None
) -> ClaimRebate:
    case = await visible_case(tx, case_id, member)
    return ClaimRebate(
        id=command_id, case_id=case.id, seller_id=case.seller_id, currency=case.currency
    )


async def answer_claims(tx: PaymentsTx, *, bank_account: str, delay: timedelta) -> None:
    """Pay claims that are at least `delay` old, and repay what was clawed back."""
    instructions = []
    for case in await tx.rebates.waiting(until=tx.now - delay, limit=PER_PASS_MAX):
        about: dict[str, Any] = {
            "case_id": case.id,
            "seller_id": case.seller_id,
            "currency": case.currency,
        }
        if case.state is RebateState.CLAIMED:
            advances = await tx.finance.open_ids(case.seller_id, currency=case.currency)
            command: SettleClaim | RepayRebate = SettleClaim(
                id=derived_id("cmd", tx.hub, SettleClaim.NAME, case.id),
                bank_account=bank_account,
                advances=advances,
                **about,
            )
        else:
            part = str(case.clawed_back_minor)
            command = RepayRebate(
                id=derived_id("cmd", tx.hub, RepayRebate.NAME, case.id, part),
                bank_account=bank_account,
                **about,
            )
        instructions.append(Instruction(command, TIME))
    if instructions:
        await commit(tx, instructions)


async def lapse_rebates(tx: PaymentsTx) -> None:
    """Mark the cases that nobody claimed in time; the command would be refused anyway."""
    await tx.rebates.lapse(now=tx.now)
