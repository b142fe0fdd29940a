"""Take what a bank or a payment provider says, recognise what we booked, and name every difference.

A statement continues the one before it or is refused; a notification's entries come again in a
statement and are known by the bank's own reference. Matching never edits: money nobody announced
and payouts that came back are posted, the rest is a break with a reason, an age and an owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.payments.domain.accounts import is_providers
from services.payments.domain.commands import Command
from services.payments.domain.matching import (
    DAYS_APART_MAX,
    Difference,
    Known,
    Reason,
    match,
)
from services.payments.domain.payouts import ReversePayout
from services.payments.domain.receipts import BookReceipt
from services.payments.domain.statement import (
    BankEntry,
    Booking,
    Notification,
    Statement,
    StatementDiffers,
    StatementOutOfLine,
    normal,
    reference_of,
)
from services.payments.domain.transfers import transfer_id
from services.payments.store.banking import AnyRow, booking_of, entry_values
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from services.payments.usecases.statement_ids import (
    entry_id_of,
    file_id_of,
    sha256_of,
    statement_id_of,
)
from shared.contracts.event import MoneyWords
from shared.contracts.payments.events import BreakClosed, BreakOpened
from shared.kernel.ids import derived_id

ON_STATEMENT_WITHIN = timedelta(days=1)
"""A booking that a statement does not have so long after it is a break."""
OPERATOR = "operator"


@dataclass
class Taken:
    """What one message came to, in counts; `breaks` are the ids of those it opened."""

    statement_ids: list[str] = field(default_factory=list)
    entries: int = 0
    matched: dict[str, int] = field(default_factory=dict)
    receipts: int = 0
    reversals: int = 0
    breaks: list[str] = field(default_factory=list)
    closed: int = 0


async def take_bank_message(tx: PaymentsTx, parts: Sequence[Statement | Notification]) -> Taken:
    """Take the statements and notifications of one message, all or none.

    A statement that was taken before, in the same words, changes nothing. Raises
    StatementOutOfLine or StatementDiffers.
    """
    await tx.take_turn()
    taken = Taken()
    for part in parts:
        await _take(tx, part, taken)
    return taken


async def _take(tx: PaymentsTx, part: Statement | Notification, taken: Taken) -> None:
    statement_id, until = "", tx.now
    if isinstance(part, Statement):
        last = await tx.banking.last_statement(part.account, part.currency)
        statement_id, until = statement_id_of(tx, part), part.until_at
        taken.statement_ids.append(statement_id)
        if last is not None and await _is_known(tx, part, last):
            return
        await _keep_statement(tx, statement_id, part)
        if last is None and part.opening_minor:
            amount = part.opening_minor
            await _break(tx, taken, part, Reason.OPENING_BALANCE, amount, key=statement_id)
    fresh = await _keep_entries(tx, part, statement_id)
    taken.entries += len(part.entries)
    left = [e for e in fresh if not await _undoes_a_break(tx, part, e, taken)]
    known = await _known(tx, part, left, until)
    result = match(left, known)
    for found in result.matches:
        await tx.banking.match(
            [entry_id_of(tx, part, each) for each in found.entries],
            [each.transfer_id for each in found.bookings],
            found.how.value,
        )
        taken.matched[found.how.value] = taken.matched.get(found.how.value, 0) + 1
    for difference in result.differences:
        await _differs(tx, part, difference, taken)
    for entry, booking in result.reversed:
        if not await _undoes_a_break(tx, part, entry, taken):
            await _come_back(tx, part, entry, booking, taken)
    for entry in result.incoming:
        await _receive(tx, part, entry, taken)
    await _close_what_arrived(tx, part, taken)
    if isinstance(part, Statement):
        await _name_what_is_missing(tx, part, taken)


async def _is_known(tx: PaymentsTx, part: Statement, last: AnyRow) -> bool:
    """Say whether it was taken before; raise unless it is that one or the next."""
    known = await tx.banking.statement(statement_id_of(tx, part))
    if known is not None:
        if known.sha256 != sha256_of(part):
            raise StatementDiffers("this number came before with another content")
        return True
    if part.sequence != last.sequence + 1:
        raise StatementOutOfLine("a statement is missing before it", expected=last.sequence + 1)
    if part.opening_minor != last.closing_minor:
        raise StatementOutOfLine(
            f"it opens with {part.opening_minor}, the last one ended with {last.closing_minor}",
            expected=last.sequence + 1,
        )
    return False


async def _keep_statement(tx: PaymentsTx, statement_id: str, part: Statement) -> None:
    await tx.banking.add_statement(
        {
            "id": statement_id,
            "account": part.account,
            "currency": part.currency,
            "sequence": part.sequence,
            "opening_minor": part.opening_minor,
            "closing_minor": part.closing_minor,
            "from_at": part.from_at,
            "until_at": part.until_at,
            "entries": len(part.entries),
            "sha256": sha256_of(part),
            "taken_at": tx.now,
        }
    )


async def _keep_entries(
    tx: PaymentsTx, part: Statement | Notification, statement_id: str
) -> list[BankEntry]:
    """Keep the entries and return those that are new; a known one may only come again as it was."""
    ids = {entry_id_of(tx, part, each): each for each in part.entries}
    known = await tx.banking.entries(list(ids))
    for entry_id, row in known.items():
        same = row.amount_minor == ids[entry_id].amount_minor
        if not same or (statement_id and row.statement_id not in ("", statement_id)):
            raise StatementDiffers("an entry came before with another content", entry=entry_id)
    named = {"account": part.account, "currency": part.currency, "taken_at": tx.now}
    rows = [
        {"id": entry_id, "how": "", **named, "statement_id": statement_id, **entry_values(each)}
        for entry_id, each in ids.items()
        if statement_id or entry_id not in known
    ]
    await tx.banking.add_entries(rows)
    return [each for entry_id, each in ids.items() if entry_id not in known]


async def _known(
    tx: PaymentsTx, part: Statement | Notification, entries: Sequence[BankEntry], until: datetime
) -> Known:
    account, currency = part.account, part.currency
    references = sorted({normal(ref) for each in entries for ref in each.references} - {""})
    waiting = await tx.banking.open_bookings(account, currency, until=until + DAYS_APART_MAX)
    settled = await tx.banking.settled_bookings(account, currency, references)
    return Known(
        open=[booking_of(row) for row in waiting],
        settled=[booking_of(row) for row in settled],
        batches=await _batches(tx, references),
    )


async def _batches(tx: PaymentsTx, references: Sequence[str]) -> Mapping[str, list[str]]:
    """Return what our payment files of these references were made of."""
    ids = {file_id_of(tx.hub, reference): reference for reference in references}
    batches: dict[str, list[str]] = {}
    for row in await tx.banking.refs_of_files(list(ids)):
        batches.setdefault(ids[row.file_id], []).append(reference_of(row.ref))
    return batches


async def _differs(
    tx: PaymentsTx, part: Statement | Notification, found: Difference, taken: Taken
) -> None:
    entry_id = entry_id_of(tx, part, found.entry)
    booking = found.booking
    break_id = await _break(
        tx,
        taken,
        part,
        found.reason,
        found.amount_minor,
        key=entry_id,
        entry=found.entry,
        entry_id=entry_id,
        booking=booking,
    )
    await tx.banking.explain([entry_id], found.reason.value)
    if booking is not None:
        await tx.banking.consume(booking.transfer_id, found.reason.value, break_id=break_id)


async def _undoes_a_break(
    tx: PaymentsTx, part: Statement | Notification, entry: BankEntry, taken: Taken
) -> bool:
    """The bank corrects itself: an entry that takes exactly a break's difference back."""
    mine = {normal(reference) for reference in entry.references}
    for row in await tx.banking.breaks(account=part.account, currency=part.currency):
        is_its = row.entry_id and mine & set(row.references.split())
        if is_its and row.amount_minor == -entry.amount_minor:
            await tx.banking.explain([entry_id_of(tx, part, entry)], "undone")
            await _close(tx, row, "corrected-by-bank", taken)
            return True
    return False


async def _come_back(
    tx: PaymentsTx,
    part: Statement | Notification,
    entry: BankEntry,
    booking: Booking,
    taken: Taken,
) -> None:
    """A payout that had left is in our account again: the seller has it."""
    payout = await tx.payments.find_payout(booking.ref)
    if payout is None:
        await _receive_or_miss(tx, part, entry, taken)
        return
    entry_id = entry_id_of(tx, part, entry)
    command = ReversePayout(
        id=derived_id("cmd", tx.hub, ReversePayout.NAME, entry_id),
        payout_id=payout.id,
        seller_id=payout.seller_id,
        currency=payout.currency,
        bank_account=part.account,
        return_reason=(entry.text or "reversed-by-bank")[:100],
    )
    outcome = await post(tx, command)
    if outcome.rejection is not None:  # It came back before: this is somebody else's money.
        await _receive_or_miss(tx, part, entry, taken)
        return
    await tx.banking.match([entry_id], [transfer_id(tx.hub, command.id, 0)], "reversal")
    taken.reversals += 1


async def _receive_or_miss(
    tx: PaymentsTx, part: Statement | Notification, entry: BankEntry, taken: Taken
) -> None:
    if entry.amount_minor > 0:
        await _receive(tx, part, entry, taken)
    else:
        await _differs(tx, part, Difference(entry, Reason.UNEXPECTED_DEBIT), taken)


async def _receive(
    tx: PaymentsTx, part: Statement | Notification, entry: BankEntry, taken: Taken
) -> None:
    """Book money that nobody announced where it waits for an explanation.

    At a payment provider it is a break: no bank can send it back, and no order is linked to it.
    """
    if is_providers(part.account):
        await _differs(tx, part, Difference(entry, Reason.UNEXPECTED_CREDIT), taken)
        return
    entry_id = entry_id_of(tx, part, entry)
    command = BookReceipt(
        id=derived_id("cmd", tx.hub, BookReceipt.NAME, entry_id),
        receipt_id=derived_id("rcp", tx.hub, entry_id),
        account=part.account,
        currency=part.currency,
        amount_minor=entry.amount_minor,
        party=entry.party,
        party_account=entry.party_account,
        text=entry.text,
        received_at=entry.booked_at,
    )
    await post_and_match(tx, command, entry_id, how="receipt")
    taken.receipts += 1


async def post_and_match(tx: PaymentsTx, command: Command, entry_id: str, *, how: str) -> None:
    """Post what an entry says, and keep that its first transfer is that entry."""
    (await post(tx, command)).answered()
    await tx.banking.match([entry_id], [transfer_id(tx.hub, command.id, 0)], how)


async def _close_what_arrived(tx: PaymentsTx, part: Statement | Notification, taken: Taken) -> None:
    """Close the breaks of bookings that were missing and now have their entry."""
    missing = [
        row
        for row in await tx.banking.breaks(account=part.account, currency=part.currency)
        if row.reason == Reason.NOT_ON_STATEMENT.value
    ]
    still = {
        row.transfer_id
        for row in await tx.banking.open_bookings(part.account, part.currency, until=tx.now)
    }
    for row in missing:
        if row.transfer_id not in still:
            await _close(tx, row, "arrived-late", taken)


async def _name_what_is_missing(tx: PaymentsTx, part: Statement, taken: Taken) -> None:
    due = part.until_at - ON_STATEMENT_WITHIN
    for row in await tx.banking.open_bookings(part.account, part.currency, until=due):
        if row.break_id:
            continue
        booking = booking_of(row)
        break_id = await _break(
            tx,
            taken,
            part,
            Reason.NOT_ON_STATEMENT,
            -booking.amount_minor,
            key=booking.transfer_id,
            booking=booking,
        )
        # It stays open for matching: the entry may still come.
        await tx.banking.consume(booking.transfer_id, "", break_id=break_id)


async def _break(
    tx: PaymentsTx,
    taken: Taken,
    part: Statement | Notification,
    reason: Reason,
    amount_minor: int,
    *,
    key: str,
    entry: BankEntry | None = None,
    entry_id: str = "",
    booking: Booking | None = None,
) -> str:
    """Open a break and say so; `amount_minor` is what the bank has more than the ledger."""
    break_id = derived_id("brk", tx.hub, reason.value, key)
    references = [] if entry is None else [normal(each) for each in entry.references]
    if booking is not None:
        references.append(booking.reference)
    await tx.banking.open_break(
        {
            "id": break_id,
            "account": part.account,
            "currency": part.currency,
            "reason": reason.value,
            "amount_minor": amount_minor,
            "references": " ".join(dict.fromkeys(references))[:400],
            "entry_id": entry_id,
            "transfer_id": "" if booking is None else booking.transfer_id,
            "ref": "" if booking is None else booking.ref,
            "owner": OPERATOR,
            "opened_at": tx.now,
            "closed_at": None,
            "resolution": "",
        }
    )
    opened = BreakOpened(
        break_id=break_id,
        account=part.account,
        reason=reason.value,
        amount=MoneyWords(amount_minor=amount_minor, currency=part.currency),
        at=tx.now,
    )
    await tx.emit(opened, key=break_id)
    taken.breaks.append(break_id)
    return break_id


async def _close(tx: PaymentsTx, row: AnyRow, resolution: str, taken: Taken) -> None:
    await close_break(tx, row, resolution)
    taken.closed += 1


async def close_break(tx: PaymentsTx, row: AnyRow, resolution: str) -> None:
    """Mark a break as explained, and say so."""
    await tx.banking.close_break(row.id, now=tx.now, resolution=resolution)
    closed = BreakClosed(break_id=row.id, account=row.account, resolution=resolution, at=tx.now)
    await tx.emit(closed, key=row.id, sequence=2)
