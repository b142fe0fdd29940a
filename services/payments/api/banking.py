"""Bank accounts over HTTP, for operators: files out, statements in, breaks and receipts."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from services.payments.api.deps import AtCounter, PathId, PaymentsReading, PaymentsTransaction
from services.payments.clients.read_iso20022 import MESSAGE_BYTES_MAX, read_bank_message
from services.payments.domain.answers import money
from services.payments.domain.receipt import ReceiptState
from services.payments.domain.receipts import receipt_answer
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.explain_money import prepare_link, resolve_break
from services.payments.usecases.reconcile import take_bank_message
from shared.contracts.payments.banking import (
    BankMessageTaken,
    Breaks,
    BreakView,
    LinkReceipt,
    PaymentFiles,
    Receipts,
    ReceiptView,
    ResolveBreak,
    Standings,
)
from shared.kernel.errors import NotFound
from shared.web.auth import requires
from shared.web.door import DoorRoute

router = APIRouter(
    prefix="/v1/bank",
    tags=["bank"],
    route_class=DoorRoute,
    dependencies=[Depends(requires("hub:operate"))],
)
XML = "application/xml"
SHOWN_MAX = 200
_BODY = {
    "requestBody": {
        "required": True,
        "content": {XML: {"schema": {"type": "string", "maxLength": MESSAGE_BYTES_MAX}}},
    },
}


class PaymentFileNotKnown(NotFound):
    """There is no such payment file."""

    code = "payments.payment-file-not-known"


@router.post("/messages", openapi_extra=_BODY)
async def take(request: Request, tx: PaymentsTransaction) -> BankMessageTaken:
    """Take a statement (camt.053) or notification (camt.054) and match it with the ledger."""
    taken = await take_bank_message(tx, read_bank_message(await request.body()))
    return BankMessageTaken.model_validate(
        {
            "statement_ids": taken.statement_ids,
            "entries": taken.entries,
            "matched": [{"how": how, "count": n} for how, n in sorted(taken.matched.items())],
            "receipts": taken.receipts,
            "reversals": taken.reversals,
            "breaks_opened": taken.breaks,
            "breaks_closed": taken.closed,
        }
    )


@router.get("/accounts")
async def standings(tx: PaymentsReading) -> Standings:
    """Compare bank and ledger of every account; what nothing explains is zero."""
    found = []
    for account, currency in await tx.banking.accounts():
        last = await tx.banking.last_statement(account, currency)
        standing = await tx.banking.standing(account, currency)
        found.append(
            {
                "account": account,
                "currency": currency,
                "statement_no": None if last is None else last.sequence,
                "until": None if last is None else last.until_at,
                "unexplained": money(standing.unexplained, currency),
                **{name: money(minor, currency) for name, minor in standing._asdict().items()},
            }
        )
    return Standings.model_validate({"accounts": found})


@router.get("/breaks")
async def breaks(tx: PaymentsReading) -> Breaks:
    """List what bank and ledger do not agree about, the oldest first."""
    return Breaks.model_validate({"breaks": [_break(tx, row) for row in await tx.banking.breaks()]})


@router.post("/breaks/{break_id}/resolve")
async def resolve(break_id: PathId, body: ResolveBreak, tx: PaymentsTransaction) -> BreakView:
    """Explain a break; what it means for the ledger is posted with it."""
    row = await resolve_break(tx, break_id=break_id, resolution=body.resolution)
    return BreakView.model_validate(_break(tx, row))


@router.get("/receipts")
async def receipts(tx: PaymentsReading) -> Receipts:
    """List money that nobody explained yet."""
    found = await tx.banking.receipts(state=ReceiptState.WAITING, limit=SHOWN_MAX)
    return Receipts.model_validate({"receipts": [receipt_answer(each) for each in found]})


@router.post("/receipts/{receipt_id}/link")
async def link(receipt_id: PathId, body: LinkReceipt, counter: AtCounter) -> ReceiptView:
    """Give part or all of a receipt to an order; a receipt may have many, an order too."""
    async with counter.store.reading() as tx:
        command = await prepare_link(
            tx,
            command_id=counter.command_id,
            receipt_id=receipt_id,
            order_id=body.order_id,
            amount=body.amount.money(),
        )
    return ReceiptView.model_validate(await counter.post(command))


@router.get("/payment-files")
async def payment_files(tx: PaymentsReading) -> PaymentFiles:
    """List what our banks were told to pay, the newest file first."""
    return PaymentFiles.model_validate(
        {
            "files": [
                {
                    "id": row.id,
                    "account": row.account,
                    "count": row.count,
                    "total": money(row.total_minor, row.currency),
                    "sha256": row.sha256,
                    "made_at": row.made_at,
                }
                for row in await tx.banking.files(limit=SHOWN_MAX)
            ]
        }
    )


@router.get(
    "/payment-files/{file_id}",
    response_class=Response,
    responses={200: {"content": {XML: {"schema": {"type": "string"}}}}},
)
async def payment_file(file_id: PathId, tx: PaymentsReading) -> Response:
    """Read one file as pain.001."""
    row = await tx.banking.file(file_id)
    if row is None:
        raise PaymentFileNotKnown("there is no such payment file")
    return Response(row.document, media_type=XML)


def _break(tx: PaymentsTx, row: Any) -> dict[str, Any]:
    until = row.closed_at or tx.now
    return {
        "id": row.id,
        "account": row.account,
        "reason": row.reason,
        "amount": money(row.amount_minor, row.currency),
        "about": row.ref or None,
        "owner": row.owner,
        "opened_at": row.opened_at,
        "age_days": (until - row.opened_at).days,
        "closed_at": row.closed_at,
        "resolution": row.resolution or None,
    }
