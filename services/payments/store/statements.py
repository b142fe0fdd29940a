"""Statements of accounts, read from the transfers themselves.

The counters say what an account holds now; what was posted since leads back to any earlier moment.
So the newest statement is the cheapest, and none sums an account's whole life.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.account_statement import AccountStatement, Place, StatementLine
from services.payments.domain.accounts import Account, AccountKey
from services.payments.domain.transfers import Purpose, TransferKind
from services.payments.store.ledger_rows import account_of
from services.payments.store.tables import account, batch, command, transfer
from shared.db.types import Moment

POSTED = (TransferKind.POST.value, TransferKind.CAPTURE.value)
DEBIT, CREDIT = "debit", "credit"
Point = tuple[datetime, Place]
"""A place and the moment of its batch: so postings stand in order."""


class Sums(NamedTuple):
    """Debits and credits of one stretch of an account's postings."""

    debits: int
    credits: int

    def change(self, of: Account) -> int:
        """Return what they add to the balance, on the account's normal side."""
        return self.debits - self.credits if of.is_debit_normal else self.credits - self.debits


class Statements:
    """Reads periods of accounts; nothing here writes or locks."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def account(self, key: AccountKey) -> Account | None:
        query = select(account).where(account.c.id == key.number)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else account_of(row)

    async def moment(self, place: Place) -> datetime | None:
        """Return when the batch of this place was posted, or None when there is no such batch."""
        mine = and_(batch.c.desk == place.desk, batch.c.number == place.batch)
        found: datetime | None = await self._connection.scalar(select(batch.c.at).where(mine))
        return found

    async def page(
        self,
        of: Account,
        *,
        from_at: datetime,
        until_at: datetime,
        after: Point | None,
        limit: int,
    ) -> AccountStatement:
        """Return the lines of a period that follow `after`, with the period's balances."""
        closing = of.balance - (await self._sums(of, from_at=until_at)).change(of)
        turnover = await self._sums(of, from_at=from_at, until_at=until_at)
        opening = closing - turnover.change(of)
        brought = opening
        if after is not None:
            before = await self._sums(of, from_at=from_at, until_at=until_at, upto=after)
            brought += before.change(of)
        rows = await self._lines(of, from_at, until_at, after, limit + 1)
        shown = rows[:limit]
        statement = AccountStatement(
            account=of.key,
            kind=of.kind.value,
            from_at=from_at,
            until_at=until_at,
            opening_minor=opening,
            closing_minor=closing,
            debits_minor=turnover.debits,
            credits_minor=turnover.credits,
            brought_minor=brought,
            lines=_with_balances(of, shown, brought),
            last=Place(shown[-1].desk, shown[-1].batch, shown[-1].position) if shown else None,
            is_first=after is None,
            is_last=len(rows) <= limit,
        )
        statement.check()
        return statement

    async def _sums(
        self,
        of: Account,
        *,
        from_at: datetime,
        until_at: datetime | None = None,
        upto: Point | None = None,
    ) -> Sums:
        sums = {DEBIT: 0, CREDIT: 0}
        for side in sums:
            query = _postings(of, side, from_at, until_at, func.sum(transfer.c.amount))
            if upto is not None:
                query = query.where(_place() <= _at(*upto))
            sums[side] = int(await self._connection.scalar(query) or 0)
        return Sums(sums[DEBIT], sums[CREDIT])

    async def _lines(
        self,
        of: Account,
        from_at: datetime,
        until_at: datetime,
        after: Point | None,
        limit: int,
    ) -> Sequence[Row[Any]]:
        def side(name: str) -> Select[Any]:
            other = transfer.c.credit_id if name == DEBIT else transfer.c.debit_id
            columns = (
                transfer,
                batch.c.at,
                literal(name).label("side"),
                other.label("counter_id"),
            )
            query = _postings(of, name, from_at, until_at, *columns)
            if after is not None:
                query = query.where(_place() > _at(*after))
            # Each side brings no more than a page, so a hot account costs no more than its indexes.
            return query.order_by(*_PLACE).limit(limit)

        sides = (select(side(name).subquery()) for name in (DEBIT, CREDIT))
        both = union_all(*sides).subquery()
        place = (both.c.at, both.c.desk, both.c.batch, both.c.position)
        query = (
            select(
                both,
                account.c.code.label("counter_account"),
                command.c.name.label("command"),
                command.c.cause,
                command.c.cause_id,
            )
            .join(account, account.c.id == both.c.counter_id)
            .join(command, command.c.id == both.c.command_id)
            .order_by(*place)
            .limit(limit)
        )
        return (await self._connection.execute(query)).all()


_PLACE = (batch.c.at, transfer.c.desk, transfer.c.batch, transfer.c.position)


def _place() -> ColumnElement[Any]:
    return tuple_(*_PLACE)


def _at(moment: datetime, place: Place) -> ColumnElement[Any]:
    return tuple_(literal(moment, Moment), *(literal(each) for each in place))


def _postings(
    of: Account, side: str, from_at: datetime, until_at: datetime | None, *columns: Any
) -> Select[Any]:
    """Select from what was posted to one side of an account from a moment on."""
    mine = transfer.c.debit_id if side == DEBIT else transfer.c.credit_id
    query = (
        select(*columns)
        .select_from(transfer)
        .join(batch, and_(batch.c.desk == transfer.c.desk, batch.c.number == transfer.c.batch))
        .where(
            mine == of.key.number,
            transfer.c.kind.in_(POSTED),
            batch.c.at >= from_at,
        )
    )
    return query if until_at is None else query.where(batch.c.at < until_at)


def _with_balances(of: Account, rows: Sequence[Row[Any]], brought: int) -> list[StatementLine]:
    lines, balance = [], brought
    for row in rows:
        change = row.amount if (row.side == DEBIT) == of.is_debit_normal else -row.amount
        balance += change
        lines.append(
            StatementLine(
                transfer_id=row.id,
                at=row.at,
                side=row.side,
                amount_minor=row.amount,
                change_minor=change,
                balance_minor=balance,
                counter_account=row.counter_account,
                purpose=Purpose(row.purpose).wire_name,
                about=row.ref,
                command_id=row.command_id,
                command=row.command,
                cause=row.cause,
                cause_id=row.cause_id,
            )
        )
    return lines
