"""Rebates and drawbacks over HTTP: look at a case and its evidence, and claim it in time."""

from fastapi import APIRouter, Depends

from services.payments.api.deps import AtCounter, PathId, PaymentsReading, member_of
from services.payments.domain.rebates import rebate_answer
from services.payments.usecases.move_rebate import prepare_claim, visible_case
from shared.contracts.payments.finance import ClaimRebate, RebateView
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute

router = APIRouter(prefix="/v1/rebate-claims", tags=["rebates"], route_class=DoorRoute)


@router.post("", status_code=201, dependencies=[Depends(requires("payments:write"))])
async def claim(body: ClaimRebate, counter: AtCounter) -> RebateView:
    """Claim a case whose evidence is complete, at the latest on its last day."""
    async with counter.store.reading() as tx:
        command = await prepare_claim(
            tx, command_id=counter.command_id, case_id=body.case_id, member=counter.member
        )
    return RebateView.model_validate(await counter.post(command))


@router.get("/{case_id}", dependencies=[Depends(requires("payments:read"))])
async def read(case_id: PathId, tx: PaymentsReading, caller: Caller) -> RebateView:
    """Read one of your cases: its evidence, its state, and until when it must be claimed."""
    return RebateView.model_validate(
        rebate_answer(await visible_case(tx, case_id, member_of(caller)))
    )
