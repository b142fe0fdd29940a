"""The process is killed between commit and reply: nobody was told, and nothing happens twice."""

import asyncio
import signal
import sys
from collections import Counter

from sqlalchemy import func, select

from services.payments.store import tables
from services.payments.usecases.check_ledger import check_ledger
from shared.db.migrations import migrate
from tests.component.payments.faults import MIGRATIONS, a_command, a_store

COMMANDS = 300
DEATHS = (1, 2)


async def run_child(url: str, first: int, die_after: int) -> tuple[int, dict[int, str]]:
    """Run a desk until it is done or dead; return its end and what it told."""
    module = "tests.component.payments.desk_child"
    numbers = (str(number) for number in (first, COMMANDS, die_after))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, url, *numbers, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    lines = [line.split() for line in output.decode().splitlines() if line.startswith("told ")]
    return child.returncode or 0, {int(number): code for _, number, code in lines}


async def test_a_killed_process_loses_and_doubles_nothing(empty_database_url: str) -> None:
    store = a_store(empty_database_url)
    told: dict[int, str] = {}
    in_doubt = 0
    try:
        await migrate(store.database, MIGRATIONS)
        for die_after in DEATHS:
            first = next(n for n in range(COMMANDS) if n not in told)
            ended, heard = await run_child(empty_database_url, first, die_after)
            assert ended == -signal.SIGKILL
            told |= heard
            async with store.reading() as tx:
                kept = await tx.connection.scalar(select(func.count()).select_from(tables.command))
            in_doubt += int(kept or 0) - len(told)
        first = next(n for n in range(COMMANDS) if n not in told)
        ended, heard = await run_child(empty_database_url, first, 0)
        assert ended == 0
        assert all(heard.get(n, code) == code for n, code in told.items()), "one id, one outcome"
        told |= heard

        async with store.reading() as tx:
            check = await check_ledger(tx)
            rows = await tx.connection.execute(
                select(tables.command.c.id, tables.command.c.outcome)
            )
            outcomes = {row.id: row.outcome for row in rows}
            transfers = await tx.connection.scalar(
                select(func.count()).select_from(tables.transfer)
            )
    finally:
        await store.database.stop()

    assert in_doubt > 0, "somebody died between commit and reply"
    assert check.findings == ()
    assert check.sums == {"CNY": 0}
    assert outcomes == {a_command(n).id: code for n, code in told.items()}
    assert len(told) == COMMANDS
    assert transfers == Counter(outcomes.values())["accepted"]
