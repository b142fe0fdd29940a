"""The ledger most services begin with: one ORM transaction per transfer, both accounts locked.

It is here only to be measured beside ours: bare (transfer, two entries, two balances, no overdraft)
and with the same promises (an id is answered once, its reply kept, an event in the outbox).
"""

from sqlalchemy import BigInteger, ForeignKey, String, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class NaiveTable(DeclarativeBase):
    """The baseline's own tables, away from the service's."""


class NaiveAccount(NaiveTable):
    __tablename__ = "naive_account"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    balance: Mapped[int] = mapped_column(BigInteger)


class NaiveTransfer(NaiveTable):
    __tablename__ = "naive_transfer"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    debit_id: Mapped[int] = mapped_column(ForeignKey("naive_account.id"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("naive_account.id"))
    amount: Mapped[int] = mapped_column(BigInteger)


class NaiveEntry(NaiveTable):
    __tablename__ = "naive_entry"

    transfer_id: Mapped[str] = mapped_column(ForeignKey("naive_transfer.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("naive_account.id"), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class NaiveReply(NaiveTable):
    __tablename__ = "naive_reply"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(String(200))


class NaiveEvent(NaiveTable):
    __tablename__ = "naive_outbox"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str] = mapped_column(String(200))


class NaiveLedger:
    """Posts transfers one by one."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # SQLite has one writer and one connection for it: more callers would only wait.
        self.callers = 1 if engine.dialect.name == "sqlite" else 32
        self._session = async_sessionmaker(engine, expire_on_commit=False)

    async def open(self, accounts: int, *, balance: int) -> None:
        """Make the tables and accounts 0 to `accounts` - 1, each with a balance."""
        async with self._engine.begin() as connection:
            await connection.run_sync(NaiveTable.metadata.create_all)
        async with self._session() as session, session.begin():
            session.add_all(NaiveAccount(id=n, balance=balance) for n in range(accounts))

    async def post(
        self, number: str, debit: int, credit: int, amount: int, *, keeps_promises: bool
    ) -> None:
        """Post one transfer in a transaction of its own."""
        async with self._session() as session, session.begin():
            if keeps_promises:
                if await session.get(NaiveReply, number) is not None:
                    return
                session.add(NaiveReply(id=number, body='{"outcome":"accepted"}'))
                session.add(NaiveEvent(id=number, body='{"type":"posted"}'))
            accounts = await self._locked(session, debit, credit)
            assert accounts[debit].balance >= amount, "no overdraft"
            accounts[debit].balance -= amount
            accounts[credit].balance += amount
            session.add(NaiveTransfer(id=number, debit_id=debit, credit_id=credit, amount=amount))
            await session.flush()
            session.add(NaiveEntry(transfer_id=number, account_id=debit, amount=-amount))
            session.add(NaiveEntry(transfer_id=number, account_id=credit, amount=amount))

    async def _locked(self, session: AsyncSession, *ids: int) -> dict[int, NaiveAccount]:
        query = (
            select(NaiveAccount)
            .where(NaiveAccount.id.in_(ids))
            .order_by(NaiveAccount.id)
            .with_for_update()
        )
        return {account.id: account for account in await session.scalars(query)}
