"""Tell our bank what to pay, in payment files, and hear from a simulated one what it did."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from services.payments.clients.read_iso20022 import read_bank_message
from services.payments.clients.write_iso20022 import (
    Order,
    PaymentFile,
    write_payment_file,
    write_statement,
)
from services.payments.domain.institutions import Teller
from services.payments.domain.matching import How
from services.payments.domain.statement import Statement, reference_of
from services.payments.store.banking import booking_of
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.reconcile import take_bank_message
from shared.kernel.ids import derived_id

ORDERS_PER_FILE_MAX = 500
ENTRIES_PER_STATEMENT_MAX = 1_000
"""A message of so many stays far below its limit of bytes."""


async def instruct_bank(tx: PaymentsTx, *, bank_account: str) -> None:
    """Write the payouts and returns that no file has yet into one file for each currency."""
    await tx.take_turn()
    payouts, receipts = await tx.banking.uninstructed(limit=ORDERS_PER_FILE_MAX)
    orders: dict[tuple[str, str], list[tuple[str, Order]]] = defaultdict(list)
    for payout in payouts:
        order = Order(
            reference_of(payout.id), payout.amount_minor, payout.seller_id, payout.beneficiary
        )
        orders[bank_account, payout.currency].append((payout.id, order))
    for receipt in receipts:
        order = Order(
            reference_of(receipt.id),
            receipt.sent_back_minor,
            receipt.party or receipt.id,
            receipt.party_account,
        )
        orders[receipt.account, receipt.currency].append((receipt.id, order))
    for (account, currency), named in orders.items():
        await _write(tx, account, currency, named)


async def _write(
    tx: PaymentsTx, account: str, currency: str, named: list[tuple[str, Order]]
) -> None:
    refs = [ref for ref, _ in named]
    file_id = derived_id("pmf", tx.hub, account, currency, *refs)
    orders = [order for _, order in named]
    file = PaymentFile(reference_of(file_id), account, currency, tx.now, orders)
    document = write_payment_file(file)
    row = {
        "id": file_id,
        "account": account,
        "currency": currency,
        "count": len(orders),
        "total_minor": sum(order.amount_minor for order in orders),
        "document": document.decode(),
        "sha256": hashlib.sha256(document).hexdigest(),
        "made_at": tx.now,
    }
    await tx.banking.add_file(row, refs)


async def take_simulated_statements(
    tx: PaymentsTx, *, tellers: Sequence[Teller], entries_max: int = ENTRIES_PER_STATEMENT_MAX
) -> None:
    """Have simulated banks and providers say, once a day is over, what they did until then."""
    await tx.take_turn()
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    by_account = {teller.account: teller for teller in tellers}
    for account, currency in await tx.banking.accounts():
        if account in by_account:
            await _state(tx, by_account[account], currency, until=midnight, entries_max=entries_max)


async def _state(
    tx: PaymentsTx, teller: Teller, currency: str, *, until: datetime, entries_max: int
) -> None:
    last = await tx.banking.last_statement(teller.account, currency)
    since = datetime.min.replace(tzinfo=until.tzinfo) if last is None else last.until_at
    if since >= until:
        return
    oldest = since if last is None else since - teller.remembers
    rows = await tx.banking.bookings_between(teller.account, currency, after=oldest, until=until)
    if not rows:
        return
    # What we booked because we were told so, or to follow it, is nothing that it has yet to do.
    told = [
        entry
        for row in rows
        if row.how == "" or row.how in set(How)
        for entry in teller.entries(booking_of(row), row.beneficiary or "")
        if since <= entry.booked_at < until
    ]
    opening = 0 if last is None else last.closing_minor
    sequence = 1 if last is None else last.sequence + 1
    from_at = min(row.at for row in rows) if last is None else since
    for number, start in enumerate(range(0, max(1, len(told)), entries_max)):
        entries = told[start : start + entries_max]
        is_last = start + entries_max >= len(told)
        statement = Statement(
            account=teller.account,
            currency=currency,
            sequence=sequence + number,
            opening_minor=opening,
            closing_minor=opening + sum(entry.amount_minor for entry in entries),
            from_at=from_at,
            # Only the last of a day says that the day is over and what is missing in it.
            until_at=until if is_last else from_at,
            entries=entries,
        )
        opening = statement.closing_minor
        # Through the same door as anybody's: written, read and taken.
        document = write_statement(statement, made_at=tx.now)
        await take_bank_message(tx, read_bank_message(document))
