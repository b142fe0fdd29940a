"""Operators' own postings over HTTP: corrections, many at once, a result for each line."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from services.payments.api.deps import OPERATE
from services.payments.desk import PostingDesk
from services.payments.domain.accounts import chart_entry
from services.payments.domain.corrections import Entry, PostCorrection
from services.payments.domain.outcome import Cause, Instruction, Outcome
from shared.contracts.payments.api import LineResult, PostTransfers, TransferLine, TransferResults
from shared.kernel.errors import EroadError
from shared.web.auth import Principal, requires

router = APIRouter(prefix="/v1/transfers", tags=["operate"])

Operator = Annotated[Principal, Depends(requires(OPERATE))]


@router.post("/bulk")
async def post_bulk(body: PostTransfers, request: Request, operator: Operator) -> TransferResults:
    """Post many lines; each is all or nothing, and each line's id makes it happen once."""
    desk: PostingDesk = request.app.state.desk
    cause = Cause("http", operator.client_id)
    traceparent: str = request.state.traceparent
    waiting = [_hand_in(line, desk, cause, traceparent) for line in body.lines]
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    pairs = zip(body.lines, outcomes, strict=True)
    return TransferResults(results=tuple(_result(line, outcome) for line, outcome in pairs))


def _hand_in(
    line: TransferLine, desk: PostingDesk, cause: Cause, traceparent: str
) -> "asyncio.Future[Outcome]":
    """Return the future of a line's outcome; a line that can't be handed in fails by itself."""
    try:
        for entry in line.entries:
            chart_entry(entry.debit)
            chart_entry(entry.credit)
        return desk.put(Instruction(_command(line), cause, traceparent))
    except EroadError as error:
        failed: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        failed.set_exception(error)
        return failed


def _command(line: TransferLine) -> PostCorrection:
    entries = tuple(
        Entry(entry.debit, entry.credit, entry.amount.currency, entry.amount.amount_minor)
        for entry in line.entries
    )
    return PostCorrection(id=line.id, entries=entries, ref=line.ref)


def _result(line: TransferLine, outcome: Outcome | BaseException) -> LineResult:
    if isinstance(outcome, Outcome):
        detail = None if outcome.rejection is None else outcome.rejection.message
        return LineResult(
            id=line.id, outcome=outcome.code, detail=detail, replayed=outcome.is_replay
        )
    if isinstance(outcome, EroadError):
        return LineResult(id=line.id, outcome=outcome.code, detail=outcome.message)
    raise outcome
