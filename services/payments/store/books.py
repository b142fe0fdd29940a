"""Reading the books: accounts, answers, and everything for the auditor."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.accounts import Account
from services.payments.domain.audit import Batch, Counters, Posted
from services.payments.store import tables
from services.payments.store.ledger_rows import account_of

ACCOUNTS_PER_CODE_MAX = 200
ANSWERS_MAX = 500
READ_AT_ONCE = 5_000
HEAD = len(Batch._fields)


class BooksReader:
    """The ledger as it can be read; nothing here writes or locks."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def snapshot(self) -> None:
        """Make every later read of this transaction see one moment; call it first."""
        if self._connection.dialect.name != "sqlite":
            await self._connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))

    async def accounts(self, code: str) -> Sequence[Account]:
        """Return the account of this code in each of its currencies."""
        query = (
            select(tables.account)
            .where(tables.account.c.code == code)
            .order_by(tables.account.c.currency)
            .limit(ACCOUNTS_PER_CODE_MAX)
        )
        return [account_of(row) for row in await self._connection.execute(query)]

    async def answers(self, about: str, *, name: str) -> list[dict[str, Any]]:
        """Return what accepted commands of one name about one thing answered, the oldest first."""
        command = tables.command
        query = (
            select(command.c.body)
            .where(
                command.c.about == about, command.c.name == name, command.c.outcome == "accepted"
            )
            .order_by(command.c.at, command.c.id)
            .limit(ANSWERS_MAX)
        )
        return [msgspec.json.decode(body) for body in await self._connection.scalars(query)]

    async def batches(self) -> AsyncIterator[tuple[Batch, list[Posted]]]:
        """Yield every batch of every desk in order, each with its transfers.

        Rows come by the thousand and are taken apart by place, not by name: this is read a million
        times.
        """
        transfer, batch = tables.transfer, tables.batch
        query = (
            select(
                *(batch.c[name] for name in Batch._fields),
                transfer.c.id,
                transfer.c.debit_id,
                transfer.c.credit_id,
                transfer.c.currency,
                transfer.c.amount,
                transfer.c.purpose,
                transfer.c.kind,
                func.coalesce(transfer.c.pending_id, ""),
                transfer.c.command_id,
                transfer.c.ref,
            )
            .outerjoin(
                transfer, (transfer.c.desk == batch.c.desk) & (transfer.c.batch == batch.c.number)
            )
            .order_by(batch.c.desk, batch.c.number, transfer.c.position)
            .execution_options(yield_per=READ_AT_ONCE)
        )
        place: tuple[str, int] | None = None
        head: Batch | None = None
        transfers: list[Posted] = []
        async with self._connection.stream(query) as result:
            async for rows in result.partitions():
                for row in rows:
                    if row[:2] != place:
                        if head is not None:
                            yield head, transfers
                        place, head, transfers = row[:2], Batch._make(row[:HEAD]), []
                    if row[HEAD] is not None:
                        transfers.append(Posted._make(row[HEAD:]))
        if head is not None:
            yield head, transfers

    async def counters(self) -> AsyncIterator[Counters]:
        """Yield what every account's row says."""
        query = select(tables.account).execution_options(yield_per=READ_AT_ONCE)
        async with self._connection.stream(query) as result:
            async for rows in result.partitions():
                for row in rows:
                    yield _counters(row)

    async def open_holds(self) -> Sequence[str]:
        return (await self._connection.scalars(select(tables.hold.c.transfer_id))).all()

    async def heads(self) -> dict[str, tuple[int, bytes]]:
        """Return each desk's newest batch number and seal, as the next batch would see them."""
        rows = await self._connection.execute(select(tables.desk))
        return {row.name: (row.batches, bytes(row.hash)) for row in rows}


def _counters(row: Row[Any]) -> Counters:
    account = account_of(row)
    return Counters(
        number=row.id,
        code=row.code,
        currency=row.currency,
        is_debit_normal=account.is_debit_normal,
        floor=account.floor,
        debits=account.debits,
        credits=account.credits,
        debits_pending=account.debits_pending,
        credits_pending=account.credits_pending,
    )
