"""Retail export lists over HTTP: read by whoever declared them, decided by officers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from services.customs.api.deps import CustomsReading, CustomsTransaction, sees_everything
from services.customs.api.views import AUTHORITY
from services.customs.clients.gate_xml import write_message
from services.customs.domain.export_list import ExportList, ExportReturn
from services.customs.domain.export_summary import due_on
from services.customs.domain.status import Status
from services.customs.store.export_lists import ExportListNotFound, ExportSummaryNotFound
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce import finding_words
from services.customs.usecases.decide_export_list import (
    detain_export_list,
    inspect_export_list,
    release_export_list,
    turn_back_export_list,
)
from services.customs.usecases.filers import may_file_under
from services.customs.usecases.summarise_exports import summary_message
from shared.contracts.customs.api import Decide, Detain, StepView
from shared.contracts.customs.gate import (
    ExportListLineView,
    ExportListView,
    ExportReturnView,
    ReturnedLineView,
)
from shared.contracts.event import MoneyWords
from shared.kernel.ids import ID_PATTERN
from shared.web.auth import Caller, requires
from shared.web.door import DoorRoute
from shared.web.pages import PAGE_DEFAULT, Cursor, Limit, Page, after, cursor_for

router = APIRouter(prefix="/v1/export-lists", tags=["export lists"], route_class=DoorRoute)
summaries = APIRouter(
    prefix="/v1/gates/cn/summaries", tags=["gate of China"], route_class=DoorRoute
)
OFFICER = [Depends(requires("customs:decide"))]
READER = [Depends(requires("customs:read"))]
XML = "application/xml"
ListId = Annotated[str, Path(pattern=ID_PATTERN)]
SummaryNumber = Annotated[str, Path(pattern=r"^[A-Z0-9]{1,18}$")]
StatusFilter = Annotated[Status | None, Query(description="the authority's code")]


@router.get("", dependencies=OFFICER)
async def page(
    tx: CustomsReading,
    limit: Limit = PAGE_DEFAULT,
    cursor: Cursor = None,
    status: StatusFilter = None,
) -> Page[ExportListView]:
    """List export lists by id."""
    found = await tx.export_lists.page(after=after(cursor), limit=limit, status=status)
    return Page(
        items=[_view(tx, one) for one in found],
        next_cursor=cursor_for([one.id for one in found], limit=limit),
    )


@router.get("/{list_id}", dependencies=READER)
async def read(list_id: ListId, tx: CustomsReading, caller: Caller) -> ExportListView:
    """Read a list and which papers it still waits for."""
    found = await tx.export_lists.get(list_id)
    codes = {found.declared.agent_code, found.declared.seller_code}
    if not sees_everything(caller) and not await may_file_under(tx, codes, by=caller.member_id):
        raise ExportListNotFound(f"no export list {list_id}")
    papers = (await tx.export_lists.papers([found.logistics_no]))[found.logistics_no]
    rules = tx.rulebook.export_list_rules(tx.country, on=tx.rulebook.day_of(tx.country, tx.now))
    return _view(
        tx,
        found,
        missing=papers.missing((*rules.papers, *rules.release_papers)),
        opens_rebate=bool(await tx.filers.find([found.declared.seller_code])),
    )


@router.post("/{list_id}/inspect", dependencies=OFFICER)
async def inspect(
    list_id: ListId, body: Decide, tx: CustomsTransaction, caller: Caller
) -> ExportListView:
    """Have accepted goods looked at."""
    return _view(
        tx,
        await inspect_export_list(tx, list_id=list_id, by=caller.member_id, reason=body.reason),
    )


@router.post("/{list_id}/detain", dependencies=OFFICER)
async def detain(
    list_id: ListId, body: Detain, tx: CustomsTransaction, caller: Caller
) -> ExportListView:
    """Keep goods after they were looked at."""
    changed = await detain_export_list(
        tx, list_id=list_id, kind=Status(body.status), by=caller.member_id, reason=body.reason
    )
    return _view(tx, changed)


@router.post("/{list_id}/release", dependencies=OFFICER)
async def release(
    list_id: ListId, body: Decide, tx: CustomsTransaction, caller: Caller
) -> ExportListView:
    """Let goods leave that were held."""
    return _view(
        tx,
        await release_export_list(tx, list_id=list_id, by=caller.member_id, reason=body.reason),
    )


@router.post("/{list_id}/turn-back", dependencies=OFFICER)
async def turn_back(
    list_id: ListId, body: Decide, tx: CustomsTransaction, caller: Caller
) -> ExportListView:
    """Refuse that goods leave."""
    return _view(
        tx,
        await turn_back_export_list(tx, list_id=list_id, by=caller.member_id, reason=body.reason),
    )


@summaries.get(
    "/{number}/message",
    dependencies=READER,
    response_class=Response,
    responses={200: {"content": {XML: {"schema": {"type": "string"}}}}},
)
async def summary(number: SummaryNumber, tx: CustomsReading, caller: Caller) -> Response:
    """Read what became of an application to sum lists up: message 792."""
    found = await tx.export_lists.find_summary(number)
    if found is None or not found.declarations:
        raise ExportSummaryNotFound(f"nothing is summed up under {number}")
    codes = {found.agent_code, found.seller_code}
    if not sees_everything(caller) and not await may_file_under(tx, codes, by=caller.member_id):
        raise ExportSummaryNotFound(f"nothing is summed up under {number}")
    lists = await tx.export_lists.numbered(found.list_numbers)
    message = summary_message(tx, found, list(lists.values()))
    return Response(write_message(message), media_type=XML)


def _view(
    tx: CustomsTx,
    one: ExportList,
    *,
    missing: tuple[str, ...] | None = None,
    opens_rebate: bool | None = None,
) -> ExportListView:
    due = None
    if one.departed_at is not None:
        left_on = tx.rulebook.day_of(tx.country, one.departed_at)
        due = due_on(left_on, tx.rulebook.export_list_rules(tx.country, on=left_on))
    return ExportListView(
        id=one.id,
        number=one.number,
        logistics_no=one.logistics_no,
        order_no=one.declared.order_no,
        seller_code=one.declared.seller_code,
        agent_code=one.declared.agent_code,
        status=one.status.value,
        version=one.version,
        lane=None if one.lane is None else one.lane.value,
        withdrawn=one.withdrawn,
        findings=finding_words(one.findings),
        lines=tuple(
            ExportListLineView(
                line_no=line.line_no,
                hs_code=line.hs_code,
                destination=line.destination,
                quantity=line.quantity,
                total_price=MoneyWords.of(line.total_price),
            )
            for line in one.declared.lines
        ),
        missing=missing,
        opens_rebate=opens_rebate,
        deadline=one.deadline,
        master_waybill=one.master_waybill,
        journey=one.journey,
        released_at=one.released_at,
        departed_at=one.departed_at,
        summary=one.summary,
        summary_due_on=due,
        returns=tuple(map(_return_view, one.returns)),
        history=tuple(
            StepView(status=step.status.value, at=step.at, by=step.by, reason=step.reason)
            for step in one.history
        ),
        authority=AUTHORITY,
    )


def _return_view(back: ExportReturn) -> ExportReturnView:
    return ExportReturnView(
        reference=back.reference,
        lines=tuple(
            ReturnedLineView(line_no=line.line_no, quantity=line.quantity) for line in back.lines
        ),
        applied_at=back.applied_at,
        arrived_at=back.arrived_at,
        refusal=back.refusal,
        rule=back.rule,
    )
