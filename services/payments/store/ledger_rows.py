"""How accounts, commands and transfers become rows and come back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from services.payments.domain.accounts import (
    BANK,
    TOLD,
    Account,
    AccountKey,
    AccountKind,
    account_key,
    new_account,
)
from services.payments.domain.audit import Posted
from services.payments.domain.commands import Command
from services.payments.domain.outcome import Cause, Outcome
from services.payments.domain.rejections import ERRORS, Rejection
from services.payments.domain.statement import reference_of
from services.payments.domain.transfers import Transfer, TransferKind, transfer_id
from services.payments.store.rows import AnyRow

KINDS = {kind.value: kind for kind in AccountKind}


class Decided(NamedTuple):
    """One command with its final outcome, to be kept."""

    command: Command
    fingerprint: bytes
    cause: Cause
    outcome: Outcome


def account_of(row: AnyRow) -> Account:
    """Return the account that a whole row keeps; by place, as a batch reads a thousand."""
    _, code, currency, kind, floor, *counters = row
    return Account(account_key(code, currency), KINDS[kind], floor, *counters)


def outcome_of(row: AnyRow) -> Outcome:
    body = msgspec.json.decode(row.body)
    if row.outcome == "accepted":
        return Outcome(body)
    return Outcome({}, Rejection(ERRORS[row.outcome], body["message"], body["details"], True))


COMMAND_COLUMNS = (
    "id",
    "name",
    "about",
    "fingerprint",
    "outcome",
    "body",
    "cause",
    "cause_id",
    "at",
)


def command_row(decided: Decided, now: datetime) -> tuple[Any, ...]:
    """Return the columns that COMMAND_COLUMNS names."""
    outcome = decided.outcome
    body: Any = outcome.answer
    if outcome.rejection is not None:
        body = {"message": outcome.rejection.message, "details": outcome.rejection.details}
    command, content, cause, _ = decided
    return (
        command.id,
        command.NAME,
        command.about,
        content,
        outcome.code,
        msgspec.json.encode(body).decode(),
        cause.kind,
        cause.id,
        now,
    )


def posted(hub: str, command_id: str, position: int, transfer: Transfer) -> Posted:
    debit, credit, amount, purpose, ref, kind, pending_id, _ = transfer
    return Posted(
        transfer_id(hub, command_id, position),
        debit.number,
        credit.number,
        debit.currency,
        amount,
        int(purpose),
        kind.value,
        pending_id,
        command_id,
        ref,
    )


TRANSFER_COLUMNS = (
    "desk",
    "batch",
    "position",
    "id",
    "debit_id",
    "credit_id",
    "currency",
    "amount",
    "purpose",
    "kind",
    "pending_id",
    "command_id",
    "ref",
)


def transfer_row(transfer: Posted, desk: str, batch: int, position: int) -> tuple[Any, ...]:
    """Return the columns that TRANSFER_COLUMNS names."""
    *kept, pending_id, command_id, ref = transfer
    return (desk, batch, position, *kept, pending_id or None, command_id, ref)


def booking_row(transfer: Transfer, transfer_id: str, now: datetime) -> dict[str, Any] | None:
    """Return what a transfer does to an account that is told in statements, or None.

    Money between two of them is booked as two commands, one for each.
    """
    if transfer.kind not in (TransferKind.POST, TransferKind.CAPTURE):
        return None
    if transfer.debit.code.startswith(TOLD):
        code, amount = transfer.debit.code, transfer.amount
    elif transfer.credit.code.startswith(TOLD):
        code, amount = transfer.credit.code, -transfer.amount
    else:
        return None
    return {
        "transfer_id": transfer_id,
        "account": code.removeprefix(BANK),
        "currency": transfer.debit.currency,
        "amount_minor": amount,
        "at": now,
        "ref": transfer.ref,
        "reference": reference_of(transfer.ref),
        "how": "",
        "break_id": "",
    }


def account_row(number: int, key: AccountKey) -> dict[str, Any]:
    account = new_account(key)
    counters = {"debits": 0, "credits": 0, "debits_pending": 0, "credits_pending": 0}
    named = {"id": number, "code": key.code, "currency": key.currency}
    return named | {"kind": account.kind.value, "floor": account.floor} | counters


def counters_of(accounts: Sequence[Account]) -> dict[str, list[int]]:
    """Return the columns of accounts that movements change, and their numbers last."""
    return {
        "debits": [account.debits for account in accounts],
        "credits": [account.credits for account in accounts],
        "debits_pending": [account.debits_pending for account in accounts],
        "credits_pending": [account.credits_pending for account in accounts],
        "id": [account.key.number for account in accounts],
    }
