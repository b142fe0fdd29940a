"""Load on a ledger while something goes wrong, and what must be true afterwards.

Whoever posts retries with the same id until it knows what became of its command, as callers do. A
commit whose answer was lost counts as done: its id finds it.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from services.payments import service
from services.payments.desk import PostingDesk
from services.payments.domain.corrections import Entry, PostCorrection
from services.payments.domain.outcome import Cause, Instruction
from services.payments.settings import PaymentsSettings
from services.payments.store import tables
from services.payments.store.tx import PaymentsTx, bound
from services.payments.usecases.check_ledger import check_ledger
from shared.db.database import Database
from shared.db.migrations import migrate
from shared.db.tx import Store
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Unavailable
from shared.kernel.ids import TimeOrderedIds, derived_id

HUB = "cn-hgh"
CALLERS = 64
ACCOUNTS = 20
CAUSE = Cause("test", "kill")
MIGRATIONS = Path(service.__file__).parent / "store" / "migrations"


@dataclass
class Load:
    """Commands numbered from zero, posted by many callers, and what each was told."""

    desk: PostingDesk
    count: int
    told: dict[str, str] = field(default_factory=dict)
    retries: int = 0
    _next: int = 0

    async def run(self) -> None:
        await asyncio.gather(*(self._caller() for _ in range(CALLERS)))

    async def _caller(self) -> None:
        while self._next < self.count:
            number, self._next = self._next, self._next + 1
            command = a_command(number)
            self.told[command.id] = await self._until_known(command)

    async def _until_known(self, command: PostCorrection) -> str:
        while True:
            try:
                return (await self.desk.post(Instruction(command, CAUSE))).code
            except Unavailable:
                self.retries += 1
                await asyncio.sleep(0.05)


def a_command(number: int) -> PostCorrection:
    """Money moves between few accounts with floors, so some commands must be refused."""
    draw = random.Random(number)
    one, other = draw.sample(range(ACCOUNTS), 2)
    if draw.random() < 0.2:
        entry = Entry("bank:test", f"seller:{one}:available", "CNY", draw.randrange(1, 500))
    else:
        amount = draw.randrange(1, 900)
        entry = Entry(f"seller:{one}:available", f"seller:{other}:available", "CNY", amount)
    return PostCorrection(id=derived_id("cmd", HUB, str(number)), entries=(entry,), ref="kill")


def a_store(url: str, clock: Clock | None = None) -> Store[PaymentsTx]:
    clock = clock or SystemClock()
    settings = PaymentsSettings(hub=HUB, database_url=url, profile="test", bus="sqlite")
    return Store(
        Database(url),
        tables.metadata,
        bound(settings.rules(), bound_desk="kill"),
        service="payments",
        clock=clock,
        ids=TimeOrderedIds(HUB, clock),
    )


async def endure(
    store: Store[PaymentsTx], *, commands: int, faults: int, strike: Callable[[], Awaitable[None]]
) -> dict[str, int]:
    """Post `commands` while `strike` happens `faults` times; return what was counted.

    Nothing may be lost, doubled or out of balance, and nobody told anything but what is kept.
    """
    try:
        await migrate(store.database, MIGRATIONS)
        load = Load(PostingDesk(store, name="kill", queue_max=CALLERS), commands)
        async with asyncio.TaskGroup() as group:
            work = group.create_task(load.run())
            for n in range(faults):
                while len(load.told) < (n + 1) * commands // (faults + 1) and not work.done():
                    await asyncio.sleep(0.005)
                await strike()
        async with store.reading() as tx:
            check = await check_ledger(tx)
            kept = await tx.connection.execute(
                select(tables.command.c.id, tables.command.c.outcome)
            )
            outcomes: dict[str, str] = {row.id: row.outcome for row in kept}
            transfers = await tx.connection.scalar(
                select(func.count()).select_from(tables.transfer)
            )
    finally:
        await store.database.stop()
    assert check.findings == ()
    assert check.sums == {"CNY": 0}
    assert outcomes == load.told, "every caller was told what is kept, and nothing else is"
    codes = Counter(outcomes.values())
    assert transfers == codes["accepted"]
    return {"commands": commands, "faults": faults, "retries": load.retries, **codes}
