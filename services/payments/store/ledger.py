"""The ledger's tables: rows and accounts locked in one order, and everything written at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Column, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.accounts import AccountKey
from services.payments.domain.audit import GENESIS, Posted, batch_hash
from services.payments.domain.commands import Command
from services.payments.domain.outcome import KnownOutcome
from services.payments.domain.payment import Payment, PaymentState
from services.payments.domain.state import Aggregate, State
from services.payments.domain.transfers import Transfer
from services.payments.store import bank_tables, finance_tables, tables
from services.payments.store.bulk import (
    OnConflict,
    absent,
    among,
    append_rows,
    insert_rows,
    update_columns,
)
from services.payments.store.ledger_rows import (
    COMMAND_COLUMNS,
    TRANSFER_COLUMNS,
    Decided,
    account_of,
    account_row,
    booking_row,
    command_row,
    counters_of,
    outcome_of,
    posted,
    transfer_row,
)
from services.payments.store.rows import (
    TABLES,
    AnyRow,
    advance_of,
    dispute_of,
    order_of,
    payment_of,
    payout_of,
    quote_of,
    rebate_of,
    receipt_of,
    refund_of,
    reserve_of,
    tax_bill_of,
    values_of,
    window_of,
)

READERS: dict[str, tuple[Table, Any]] = {
    "orders": (tables.order_money, order_of),
    "payments": (tables.payment, payment_of),
    "refunds": (tables.refund, refund_of),
    "quotes": (tables.quote, quote_of),
    "payouts": (tables.payout, payout_of),
    "disputes": (tables.dispute, dispute_of),
    "tax_bills": (tables.tax_bill, tax_bill_of),
    "reserves": (tables.reserve_slice, reserve_of),
    "advances": (finance_tables.advance, advance_of),
    "rebates": (finance_tables.rebate_case, rebate_of),
    "windows": (finance_tables.settlement_window, window_of),
    "receipts": (bank_tables.receipt, receipt_of),
}
"""Rows are locked in this order, before any account, by everybody."""


_BY_INDEX = func.set_config("enable_seqscan", "off", True).label("by_index")
"""Has PostgreSQL look up by key until the transaction ends, as every statement of a batch does.

It keeps plans: one made while the tables were nearly empty reads them whole, which made batches
ten times dearer until the first autovacuum came by.
"""


@dataclass
class Written:
    """What one batch of commands adds to the ledger."""

    commands: list[Decided] = field(default_factory=list)
    transfers: list[tuple[str, int, Transfer]] = field(default_factory=list)
    changed: dict[tuple[type[Aggregate], str], Aggregate] = field(default_factory=dict)
    moved: set[AccountKey] = field(default_factory=set)


class AccountNumberTaken(RuntimeError):
    """Two account codes have the same derived number; somebody has to rename one."""


class Ledger:
    """Accounts, transfers, commands and the desks' chains."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._head = (0, GENESIS)
        """Where the desk's chain stood when the batch being decided took its turn."""

    async def take_turn(self, desk: str) -> None:
        """Wait until no other transaction of this desk is under way.

        Whoever handles many events in one transaction calls this before it locks anything else:
        two of them would otherwise wait for each other's orders and accounts. SQLite has one
        writer anyway.
        """
        table = tables.desk
        mine = select(table.c.batches, table.c.hash).where(table.c.name == desk).with_for_update()
        if self._connection.dialect.name == "postgresql":
            mine = mine.add_columns(_BY_INDEX)
        head = (await self._connection.execute(mine)).one_or_none()
        if head is None:
            first = {"name": desk, "batches": 0, "hash": GENESIS}
            await insert_rows(self._connection, table, [first], on_conflict=OnConflict.KEEP)
            head = (await self._connection.execute(mine)).one()
        self._head = head.batches, bytes(head.hash)

    async def lock(self, commands: Sequence[Command], *, hub: str, desk: str) -> State:
        """Return the state these commands are decided on, locked until the transaction ends.

        Everybody locks the desk, then rows by kind and id, then opens and then locks accounts by
        number, so that nobody waits in a circle.
        """
        state = State()
        keys = set(chain.from_iterable(command.accounts(hub) for command in commands))
        await self.take_turn(desk)
        await self._lock_rows(state, commands)
        await self._lock_accounts(state, keys)
        return state

    async def outcomes(self, ids: Sequence[str]) -> dict[str, KnownOutcome]:
        """Return what became of those of these commands that are known."""
        table = tables.command
        rows = await self._connection.execute(
            select(table.c.id, table.c.fingerprint, table.c.outcome, table.c.body).where(
                among(self._connection, table.c.id, ids)
            )
        )
        return {row.id: KnownOutcome(bytes(row.fingerprint), outcome_of(row)) for row in rows}

    async def write(
        self, written: Written, state: State, *, desk: str, hub: str, now: datetime
    ) -> None:
        """Keep a batch: commands, transfers with their seal, counters and rows."""
        rows = [command_row(decided, now) for decided in written.commands]
        await append_rows(self._connection, tables.command, COMMAND_COLUMNS, rows)
        if written.transfers:
            sealed = [posted(hub, *each) for each in written.transfers]
            await self._seal(desk, now, sealed)
            await self._write_holds(written)
            await self._write_bookings(written, sealed, now)
        moved = counters_of([state.accounts[key] for key in written.moved])
        await update_columns(self._connection, tables.account, moved)
        for kind, table in TABLES.items():
            changed = [values_of(a) for (k, _), a in written.changed.items() if k is kind]
            await insert_rows(self._connection, table, changed, on_conflict=OnConflict.REPLACE)

    async def _lock_rows(self, state: State, commands: Sequence[Command]) -> None:
        touched = {touches for command in commands if any(touches := command.touches())}
        for kind, (table, read) in READERS.items():
            ids = sorted(set(chain.from_iterable(getattr(touches, kind) for touches in touched)))
            if ids:
                for row in await self._locked(table, table.c.id, ids):
                    state.put(read(row))

    async def _locked(
        self, table: Table, column: Column[Any], values: Sequence[Any]
    ) -> Iterable[AnyRow]:
        query = (
            select(table)
            .where(among(self._connection, column, values))
            .order_by(column)
            .with_for_update(key_share=True)
        )
        return (await self._connection.execute(query)).all()

    async def _lock_accounts(self, state: State, keys: set[AccountKey]) -> None:
        """Open the accounts that are missing, then lock all of them in one go.

        Never the other way round: who holds accounts while it waits for somebody to open a lower
        one closes a circle with the next who locks both.
        """
        numbers = {key.number: key for key in keys}
        wanted = sorted(numbers)
        missing = await self._connection.execute(
            absent(self._connection, tables.account.c.id, wanted)
        )
        rows = [account_row(number, numbers[number]) for number in sorted(missing.scalars())]
        await insert_rows(self._connection, tables.account, rows, on_conflict=OnConflict.KEEP)
        for row in await self._locked(tables.account, tables.account.c.id, wanted):
            account = account_of(row)
            state.accounts[account.key] = account
        if not keys <= state.accounts.keys():
            raise AccountNumberTaken(str(keys - state.accounts.keys()))

    async def _seal(self, desk: str, now: datetime, transfers: Sequence[Posted]) -> None:
        """Add a link to the desk's chain and the transfers it seals."""
        batches, previous = self._head
        number = batches + 1
        seal = batch_hash(previous, desk=desk, number=number, at=now, transfers=transfers)
        connection = self._connection
        link = {"desk": desk, "number": number, "at": now, "previous": previous, "hash": seal}
        await connection.execute(insert(tables.batch), link)
        head = {"batches": number, "hash": seal}
        await connection.execute(update(tables.desk).where(tables.desk.c.name == desk), head)
        rows = [
            transfer_row(transfer, desk, number, position)
            for position, transfer in enumerate(transfers)
        ]
        await append_rows(connection, tables.transfer, TRANSFER_COLUMNS, rows)

    async def _write_bookings(
        self, written: Written, transfers: Sequence[Posted], now: datetime
    ) -> None:
        """Keep what moved on bank accounts where the bank's own word will be compared with it."""
        rows = [
            row
            for (_, _, transfer), kept in zip(written.transfers, transfers, strict=True)
            if (row := booking_row(transfer, kept.id, now)) is not None
        ]
        await insert_rows(self._connection, bank_tables.bank_booking, rows)

    async def _write_holds(self, written: Written) -> None:
        """Keep the list of open holds: those made here and not resolved here, less the resolved."""
        resolved = {t.pending_id for _, _, t in written.transfers if t.pending_id}
        payments = [each for each in written.changed.values() if isinstance(each, Payment)]
        opened = [
            {"transfer_id": p.hold_id, "payment_id": p.id, "expires_at": p.expires_at}
            for p in payments
            if p.state is PaymentState.AUTHORISED
        ]
        await insert_rows(self._connection, tables.hold, opened, on_conflict=OnConflict.KEEP)
        if resolved:
            mine = among(self._connection, tables.hold.c.transfer_id, sorted(resolved))
            await self._connection.execute(tables.hold.delete().where(mine))
