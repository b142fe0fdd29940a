"""The whole story of an order's money, read from the ledger and from the rows around it.

A posting belongs to the story when it names the order, when it moves one of the order's own
accounts, or when a command about the order made it. The middle rule makes the story complete: what
it tells of such an account sums to what the account holds.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_, select, tuple_, union
from sqlalchemy.ext.asyncio import AsyncConnection

from services.payments.domain.accounts import Account
from services.payments.store.finance_tables import advance, obligation, settlement_window
from services.payments.store.ledger_rows import account_of
from services.payments.store.rows import (
    advance_of,
    dispute_of,
    payment_of,
    refund_of,
    tax_bill_of,
)
from services.payments.store.tables import (
    account,
    command,
    dispute,
    payment,
    refund,
    tax_bill,
    transfer,
)

COMMANDS_SHOWN_MAX = 500
POSTINGS_SHOWN_MAX = 2_000
ROWS_SHOWN_MAX = 500
PER_ORDER = ("escrow", "financeable", "insurance_receivable")
PER_PAYMENT = ("refundable",)
DISBURSED = "disburse-advance"


class Story(NamedTuple):
    """Everything of one order, the oldest first; `is_complete` unless something has a limit."""

    commands: Sequence[Row[Any]]
    postings: Sequence[Row[Any]]
    accounts: Sequence[Account]
    payments: Sequence[Any]
    refunds: Sequence[Any]
    disputes: Sequence[Any]
    tax_bills: Sequence[Any]
    advances: Sequence[Any]
    windows: Sequence[Row[Any]]
    is_complete: bool


class Stories:
    """Reads what became of an order's money; nothing here writes or locks."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_order(self, order_id: str) -> Story:
        """Return the story of an order's money at this hub."""
        payments = [
            payment_of(row)
            for row in await self._rows(
                select(payment).where(payment.c.order_id == order_id).order_by(payment.c.id)
            )
        ]
        accounts = await self._accounts(order_id, [each.id for each in payments])
        postings = await self._postings(order_id, [number for number, _ in accounts])
        commands = await self._commands(order_id, postings)
        financed = [row.about for row in commands if row.name == DISBURSED]
        return Story(
            commands=commands[:COMMANDS_SHOWN_MAX],
            postings=postings[:POSTINGS_SHOWN_MAX],
            accounts=[found for _, found in accounts],
            payments=payments,
            refunds=[refund_of(row) for row in await self._about(refund, order_id, "requested_at")],
            disputes=[dispute_of(row) for row in await self._about(dispute, order_id, "opened_at")],
            tax_bills=[
                tax_bill_of(row) for row in await self._about(tax_bill, order_id, "booked_at")
            ],
            advances=[
                advance_of(row)
                for row in await self._rows(
                    select(advance).where(advance.c.id.in_(financed)).order_by(advance.c.id)
                )
            ],
            windows=await self._windows(order_id),
            is_complete=len(postings) <= POSTINGS_SHOWN_MAX and len(commands) <= COMMANDS_SHOWN_MAX,
        )

    async def _accounts(
        self, order_id: str, payments: Sequence[str]
    ) -> Sequence[tuple[int, Account]]:
        codes = [f"{name}:{order_id}" for name in PER_ORDER]
        codes += [f"{name}:{each}" for name in PER_PAYMENT for each in payments]
        query = (
            select(account)
            .where(account.c.code.in_(codes))
            .order_by(account.c.code, account.c.currency)
        )
        return [(row.id, account_of(row)) for row in await self._rows(query)]

    async def _postings(self, order_id: str, accounts: Sequence[int]) -> Sequence[Row[Any]]:
        its_commands = select(command.c.id).where(command.c.about == order_id)
        batches = select(transfer.c.desk, transfer.c.batch)
        near = union(
            batches.where(transfer.c.ref == order_id),
            batches.where(transfer.c.debit_id.in_(accounts)),
            batches.where(transfer.c.credit_id.in_(accounts)),
        )
        by_desk = defaultdict[str, list[int]](list)
        for desk, batch in await self._connection.execute(near):
            by_desk[desk].append(batch)
        debit, credit = account.alias("debit"), account.alias("credit")
        # Every posting of the story stands in a batch with one that names it or its accounts.
        # Those are looked up first: in one statement PostgreSQL reads every transfer there is.
        there = (
            and_(transfer.c.desk == desk, transfer.c.batch.in_(numbers))
            for desk, numbers in by_desk.items()
        )
        query = (
            select(transfer, debit.c.code.label("debit"), credit.c.code.label("credit"))
            .join(debit, debit.c.id == transfer.c.debit_id)
            .join(credit, credit.c.id == transfer.c.credit_id)
            .join(command, command.c.id == transfer.c.command_id)
            .where(
                or_(false(), *there),
                or_(
                    transfer.c.ref == order_id,
                    transfer.c.debit_id.in_(accounts),
                    transfer.c.credit_id.in_(accounts),
                    transfer.c.command_id.in_(its_commands),
                ),
            )
            .order_by(command.c.at, transfer.c.desk, transfer.c.batch, transfer.c.position)
            .limit(POSTINGS_SHOWN_MAX + 1)
        )
        return await self._rows(query)

    async def _commands(self, order_id: str, postings: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        made_by = sorted({row.command_id for row in postings})
        query = (
            select(command)
            .where((command.c.about == order_id) | command.c.id.in_(made_by))
            .order_by(command.c.at, command.c.id)
            .limit(COMMANDS_SHOWN_MAX + 1)
        )
        return await self._rows(query)

    async def _about(self, table: Any, order_id: str, moment: str) -> Sequence[Row[Any]]:
        query = (
            select(table)
            .where(table.c.order_id == order_id)
            .order_by(table.c[moment], table.c.id)
            .limit(ROWS_SHOWN_MAX)
        )
        return await self._rows(query)

    async def _windows(self, order_id: str) -> Sequence[Row[Any]]:
        """Return what hubs owe each other for the order, with the window that settles it."""
        query = (
            select(
                obligation,
                settlement_window.c.id.label("window_id"),
                settlement_window.c.state,
                settlement_window.c.settled_at,
            )
            .outerjoin(settlement_window, _holds())
            .where(obligation.c.order_id == order_id)
            .order_by(obligation.c.currency, obligation.c.debtor, obligation.c.no)
            .limit(ROWS_SHOWN_MAX)
        )
        return await self._rows(query)

    async def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        rows: Sequence[Row[Any]] = (await self._connection.execute(query)).all()
        return rows


def _holds() -> ColumnElement[bool]:
    pair = ("debtor", "creditor", "currency")
    return and_(
        tuple_(*(settlement_window.c[name] for name in pair))
        == tuple_(*(obligation.c[name] for name in pair)),
        settlement_window.c.after_no < obligation.c.no,
        settlement_window.c.until_no >= obligation.c.no,
    )
