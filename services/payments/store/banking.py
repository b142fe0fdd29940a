"""Bank accounts as the bank tells them, and what still waits to be recognised."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.accounts import BANK, PROVIDERS, TOLD, AccountKey, told
from services.payments.domain.payout import Payout, PayoutState
from services.payments.domain.receipt import Receipt, ReceiptState
from services.payments.domain.statement import BankEntry, Booking, normal
from services.payments.store.bank_tables import (
    bank_booking,
    bank_break,
    bank_entry,
    bank_match,
    bank_statement,
    payment_file,
    payment_file_line,
    receipt,
)
from services.payments.store.bulk import OnConflict, among, insert_rows
from services.payments.store.rows import payout_of, receipt_of
from services.payments.store.tables import account as account_table
from services.payments.store.tables import payout

BOOKINGS_AT_ONCE_MAX = 20_000
BREAKS_SHOWN_MAX = 500
AnyRow = Row[Any]


class Standing(NamedTuple):
    """How bank and ledger stand to each other, in minor units.

    `bank` is the last statement's balance and what was notified after it; `ledger` the account's
    balance here; `breaks` what open breaks explain; `awaited` what the bank has not told yet.
    """

    bank: int
    ledger: int
    breaks: int
    awaited: int

    @property
    def unexplained(self) -> int:
        """What nothing explains; anything but zero is a fault of ours."""
        return self.bank - self.ledger - self.breaks + self.awaited


class Banking:
    """Statements, entries, bookings, matches and breaks."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def accounts(self) -> Sequence[tuple[str, str]]:
        """Return every told account and currency that we booked on or have a statement of."""
        kept = account_table.c
        booked = select(kept.code, kept.currency).where(
            or_(*(kept.code.startswith(prefix) for prefix in TOLD)),
            kept.debits + kept.credits > 0,
        )
        stated = select(bank_statement.c.account, bank_statement.c.currency).distinct()
        ours = await self._connection.execute(booked)
        theirs = await self._connection.execute(stated)
        found = {(row.code.removeprefix(BANK), row.currency) for row in ours}
        return sorted(found | {(row.account, row.currency) for row in theirs})

    async def last_statement(self, account: str, currency: str) -> AnyRow | None:
        query = (
            select(bank_statement)
            .where(bank_statement.c.account == account, bank_statement.c.currency == currency)
            .order_by(bank_statement.c.sequence.desc())
            .limit(1)
        )
        return (await self._connection.execute(query)).one_or_none()

    async def statement(self, statement_id: str) -> AnyRow | None:
        query = select(bank_statement).where(bank_statement.c.id == statement_id)
        return (await self._connection.execute(query)).one_or_none()

    async def add_statement(self, row: dict[str, Any]) -> None:
        await insert_rows(self._connection, bank_statement, [row])

    async def entries(self, ids: Sequence[str]) -> dict[str, AnyRow]:
        query = select(bank_entry).where(among(self._connection, bank_entry.c.id, ids))
        return {row.id: row for row in await self._connection.execute(query)}

    async def add_entries(self, rows: Sequence[dict[str, Any]]) -> None:
        await insert_rows(
            self._connection,
            bank_entry,
            rows,
            on_conflict=OnConflict.REPLACE,
            replaced=("statement_id",),
        )

    async def explain(self, entry_ids: Iterable[str], how: str) -> None:
        """Say what entries are."""
        mine = among(self._connection, bank_entry.c.id, list(entry_ids))
        await self._connection.execute(update(bank_entry).where(mine).values(how=how))

    async def match(self, entry_ids: Sequence[str], transfer_ids: Sequence[str], how: str) -> None:
        """Keep that these entries and bookings are the same money."""
        pairs = [{"entry_id": e, "transfer_id": t} for e in entry_ids for t in transfer_ids]
        await insert_rows(self._connection, bank_match, pairs, on_conflict=OnConflict.KEEP)
        await self.explain(entry_ids, how)
        mine = among(self._connection, bank_booking.c.transfer_id, list(transfer_ids))
        await self._connection.execute(update(bank_booking).where(mine).values(how=how))

    async def open_bookings(
        self, account: str, currency: str, *, until: datetime
    ) -> Sequence[AnyRow]:
        query = (
            select(bank_booking)
            .where(
                bank_booking.c.account == account,
                bank_booking.c.currency == currency,
                bank_booking.c.how == "",
                bank_booking.c.at <= until,
            )
            .order_by(bank_booking.c.at, bank_booking.c.transfer_id)
            .limit(BOOKINGS_AT_ONCE_MAX)
        )
        return (await self._connection.execute(query)).all()

    async def bookings_between(
        self, account: str, currency: str, *, after: datetime, until: datetime
    ) -> Sequence[AnyRow]:
        query = (
            select(bank_booking, payout.c.beneficiary)
            .outerjoin(payout, payout.c.id == bank_booking.c.ref)
            .where(
                bank_booking.c.account == account,
                bank_booking.c.currency == currency,
                bank_booking.c.at >= after,
                bank_booking.c.at < until,
            )
            .order_by(bank_booking.c.at, bank_booking.c.transfer_id)
        )
        return (await self._connection.execute(query)).all()

    async def settled_bookings(
        self, account: str, currency: str, references: Sequence[str]
    ) -> Sequence[AnyRow]:
        """Return the bookings under these references that were recognised before."""
        query = (
            select(bank_booking)
            .where(
                among(self._connection, bank_booking.c.reference, references),
                bank_booking.c.account == account,
                bank_booking.c.currency == currency,
                bank_booking.c.how != "",
            )
            .order_by(bank_booking.c.at, bank_booking.c.transfer_id)
        )
        return (await self._connection.execute(query)).all()

    async def consume(self, transfer_id: str, how: str, *, break_id: str = "") -> None:
        """Say what a booking is when no entry alone explains it."""
        await self._connection.execute(
            update(bank_booking)
            .where(bank_booking.c.transfer_id == transfer_id)
            .values(how=how, break_id=break_id)
        )

    async def open_break(self, row: dict[str, Any]) -> None:
        await insert_rows(self._connection, bank_break, [row], on_conflict=OnConflict.KEEP)

    async def find_break(self, break_id: str) -> AnyRow | None:
        query = select(bank_break).where(bank_break.c.id == break_id)
        return (await self._connection.execute(query)).one_or_none()

    async def breaks(
        self, *, account: str | None = None, currency: str | None = None, is_open: bool = True
    ) -> Sequence[AnyRow]:
        """Return breaks, the oldest first."""
        query = select(bank_break).order_by(bank_break.c.opened_at, bank_break.c.id)
        if account is not None:
            query = query.where(bank_break.c.account == account)
        if currency is not None:
            query = query.where(bank_break.c.currency == currency)
        if is_open:
            query = query.where(bank_break.c.closed_at.is_(None))
        return (await self._connection.execute(query.limit(BREAKS_SHOWN_MAX))).all()

    async def close_break(self, break_id: str, *, now: datetime, resolution: str) -> None:
        await self._connection.execute(
            update(bank_break)
            .where(bank_break.c.id == break_id)
            .values(closed_at=now, resolution=resolution)
        )

    async def standing(self, account: str, currency: str) -> Standing:
        last = await self.last_statement(account, currency)
        entry, booking, gap = bank_entry.c, bank_booking.c, bank_break.c
        notified = await self._sum(
            entry.amount_minor,
            entry.account == account,
            entry.currency == currency,
            entry.statement_id == "",
        )
        breaks = await self._sum(
            gap.amount_minor,
            gap.account == account,
            gap.currency == currency,
            gap.closed_at.is_(None),
        )
        # A booking that is in a break is explained by it and not awaited.
        awaited = await self._sum(
            booking.amount_minor,
            booking.account == account,
            booking.currency == currency,
            booking.how == "",
            booking.break_id == "",
        )
        return Standing(
            bank=(0 if last is None else last.closing_minor) + notified,
            ledger=await self._booked(told(account, currency)),
            breaks=breaks,
            awaited=awaited,
        )

    async def _booked(self, key: AccountKey) -> int:
        """Return an account's balance, debits positive, as its counters have it."""
        kept = account_table.c
        balance = select(kept.debits - kept.credits).where(kept.id == key.number)
        return int(await self._connection.scalar(balance) or 0)

    async def _sum(self, column: Any, *where: Any) -> int:
        return int(await self._connection.scalar(select(func.sum(column)).where(*where)) or 0)

    async def find_receipt(self, receipt_id: str) -> Receipt | None:
        query = select(receipt).where(receipt.c.id == receipt_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else receipt_of(row)

    async def receipts(
        self, *, state: ReceiptState, due: datetime | None = None, limit: int
    ) -> Sequence[Receipt]:
        """Return receipts in a state, those first that go back first."""
        query = select(receipt).where(receipt.c.state == state.value)
        if due is not None:
            query = query.where(receipt.c.back_at <= due)
        query = query.order_by(receipt.c.back_at, receipt.c.id).limit(limit)
        return [receipt_of(row) for row in await self._connection.execute(query)]

    async def uninstructed(self, *, limit: int) -> tuple[Sequence[Payout], Sequence[Receipt]]:
        """Return payouts and receipts to send back that are in no payment file yet.

        A provider takes no payment files; its next statement shows whether it sent money back.
        """
        in_file = select(payment_file_line.c.ref)
        payouts = (
            select(payout)
            .where(payout.c.state == PayoutState.REQUESTED.value, payout.c.id.not_in(in_file))
            .order_by(payout.c.requested_at, payout.c.id)
            .limit(limit)
        )
        receipts = (
            select(receipt)
            .where(
                receipt.c.state == ReceiptState.SENT_BACK.value,
                receipt.c.id.not_in(in_file),
                receipt.c.account.not_like(f"{PROVIDERS}%"),
            )
            .order_by(receipt.c.back_at, receipt.c.id)
            .limit(limit)
        )
        return (
            [payout_of(row) for row in await self._connection.execute(payouts)],
            [receipt_of(row) for row in await self._connection.execute(receipts)],
        )

    async def add_file(self, row: dict[str, Any], refs: Sequence[str]) -> None:
        await insert_rows(self._connection, payment_file, [row])
        lines = [{"ref": ref, "file_id": row["id"]} for ref in refs]
        await insert_rows(self._connection, payment_file_line, lines)

    async def file(self, file_id: str) -> AnyRow | None:
        query = select(payment_file).where(payment_file.c.id == file_id)
        return (await self._connection.execute(query)).one_or_none()

    async def files(self, *, limit: int) -> Sequence[AnyRow]:
        query = select(payment_file).order_by(payment_file.c.made_at.desc(), payment_file.c.id)
        return (await self._connection.execute(query.limit(limit))).all()

    async def refs_of_files(self, file_ids: Sequence[str]) -> Sequence[AnyRow]:
        query = select(payment_file_line).where(
            among(self._connection, payment_file_line.c.file_id, file_ids)
        )
        return (await self._connection.execute(query)).all()


def booking_of(row: AnyRow) -> Booking:
    return Booking(row.transfer_id, row.amount_minor, row.at, row.ref)


def entry_values(entry: BankEntry) -> dict[str, Any]:
    """Return what a row keeps of an entry; who sent it is kept only while it is unexplained."""
    return {
        "servicer_ref": entry.servicer_ref,
        "amount_minor": entry.amount_minor,
        "booked_at": entry.booked_at,
        "references": " ".join(filter(None, map(normal, entry.references))),
        "text": entry.text,
    }
