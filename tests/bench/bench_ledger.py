"""What a durable payments command costs, in CPU microseconds of this process and the database.

    python -m tests.bench.bench_ledger --out tests/bench/results/ledger.json

Commands go through the posting desk in batches of 500, as in production: outcome and fingerprint
kept, transfers sealed, counters and floors checked, events in the outbox. Beside it, in the same
run, the naive ledger: one ORM transaction per transfer. On both databases; fsync on.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.payments import service as payments
from services.payments.desk import PostingDesk
from services.payments.domain.commands import Command
from services.payments.domain.corrections import Entry, PostCorrection
from services.payments.domain.escrow import AuthorisePayment, CapturePayment
from services.payments.domain.order import OrderMoney
from services.payments.domain.outcome import Cause, Instruction
from services.payments.settings import PaymentsSettings
from services.payments.store import tables
from services.payments.store.bulk import insert_rows
from services.payments.store.rows import values_of
from services.payments.store.tx import PaymentsTx, bound
from services.payments.usecases.check_ledger import check_ledger
from shared.db.database import Database
from shared.db.migrations import migrate
from shared.db.tx import Store
from shared.kernel.clock import SystemClock
from shared.kernel.ids import TimeOrderedIds
from shared.runtime.memory import settle
from tests.bench.naive_ledger import NaiveLedger
from tests.real import RealServers

COMMANDS = 10_000
ACCOUNTS_MAX = 10_000
"""As many accounts as commands, at most so many."""
ROUNDS = 3
HUB = "cn-hgh"
BATCH = 500
ONE_BY_ONE_SHARE = 40
"""The naive ledger posts this many times fewer: it would take minutes."""
TARGETS = {"postgres_transfer_us_max": 110, "postgres_times_cheaper_min": 60}
CAUSE = Cause("bench", "bench")
CpuClock = Callable[[], float]


def run(scale: float = 1.0, *, postgres_url: str = "", postgres_pid: int = 0) -> dict[str, Any]:
    """Return the figures of both databases; without a server of its own one is started."""
    commands = max(100, int(COMMANDS * scale))
    with ExitStack() as stack, TemporaryDirectory() as directory:
        if not postgres_url:
            servers = RealServers.lead()
            stack.callback(servers.stop)
            server = stack.enter_context(servers.own_postgres())
            server.wait_ready()
            server.create_database("bench")
            postgres_url = server.url("bench").replace("postgresql://", "postgresql+asyncpg://")
            postgres_pid = server.pid
        sqlite = run_sqlite(Path(directory), commands)
        theirs = server_cpu(postgres_pid)
        postgres = asyncio.run(
            _measure(postgres_url, commands, lambda: time.process_time() + theirs())
        )
    return {
        "what": "payments ledger, CPU µs per durable command (client and database)",
        "commands": commands,
        "batch": BATCH,
        "targets": TARGETS,
        "sqlite": sqlite,
        "postgres": postgres,
    }


def run_sqlite(directory: Path, commands: int) -> dict[str, Any]:
    """Return the figures of SQLite alone."""
    url = f"sqlite+aiosqlite:///{directory}/ledger.db"
    return asyncio.run(_measure(url, commands, time.process_time))


async def _measure(url: str, commands: int, cpu: CpuClock) -> dict[str, Any]:
    store = await _store(url)
    try:
        desk = PostingDesk(store, name="bench", queue_max=commands, batch_max=BATCH)
        draw = random.Random(2026)
        accounts = min(ACCOUNTS_MAX, commands)
        ids = TimeOrderedIds(HUB, SystemClock())
        await _post(desk, _openings(ids, accounts))
        turns = range(1 + ROUNDS)

        def uniform() -> Sequence[int]:
            return draw.sample(range(accounts), 2)

        def hot() -> Sequence[int]:
            return draw.randrange(1, accounts), 0

        pairs = {"uniform": uniform, "hot": hot}
        made = {k: [_transfers(ids, commands, pairs[k]) for _ in turns] for k in pairs}
        settle()  # as every process does before it serves
        figures = {
            f"transfer_{k}": await _median(
                cpu, commands, [partial(_post, desk, m) for m in made[k]]
            )
            for k in pairs
        }
        figures["authorise_and_capture"] = await _payments(store, desk, ids, commands, cpu)
        few = max(20, commands // ONE_BY_ONE_SHARE)
        naive = NaiveLedger(store.database.engine)
        await naive.open(accounts, balance=1_000_000)
        for name, pair, keeps_promises in (
            ("naive_bare", uniform, False),
            ("naive_full", uniform, True),
            ("naive_full_hot", hot, True),
        ):
            post = partial(_one_by_one, naive, name, pair, keeps_promises)
            posts = [partial(post, range(n * few, (n + 1) * few)) for n in turns]
            figures[name] = await _median(cpu, few, posts)
        spent = cpu()
        async with store.reading() as tx:
            check = await check_ledger(tx)
        spent = cpu() - spent
        assert check.is_sound, check.findings
    finally:
        await store.database.stop()
    cheaper = {
        f"times_cheaper_than_{naive}": round(figures[naive]["cpu_us"] / figures[ours]["cpu_us"], 1)
        for naive, ours in (
            ("naive_bare", "transfer_uniform"),
            ("naive_full", "transfer_uniform"),
            ("naive_full_hot", "transfer_hot"),
        )
    }
    return {
        **figures,
        **cheaper,
        "checked_transfers": check.transfers,
        "check_cpu_us": round(spent / check.transfers * 1e6, 1),
    }


async def _median(
    cpu: CpuClock, count: int, turns: Sequence[Callable[[], Awaitable[None]]]
) -> dict[str, float]:
    """Return the median of each figure over all turns but the first, which warms up."""
    seen = [await _timed(cpu, count, work) for work in turns][1:]
    return {name: statistics.median(one[name] for one in seen) for name in seen[0]}


async def _store(url: str) -> Store[PaymentsTx]:
    settings = PaymentsSettings(hub=HUB, database_url=url, profile="test", bus="sqlite")
    database, clock = Database(url), SystemClock()
    await migrate(database, Path(payments.__file__).parent / "store" / "migrations")
    return Store(
        database,
        tables.metadata,
        bound(settings.rules(), bound_desk="bench"),
        service="payments",
        clock=clock,
        ids=TimeOrderedIds(HUB, clock),
    )


async def _post(desk: PostingDesk, commands: Sequence[Command]) -> None:
    futures = [desk.put(Instruction(command, CAUSE)) for command in commands]
    outcomes = await asyncio.gather(*futures)
    refused = [outcome.code for outcome in outcomes if outcome.rejection is not None]
    assert not refused, refused[:3]


def _openings(ids: TimeOrderedIds, accounts: int) -> list[Command]:
    """Give every account money: 100 accounts per command."""
    return [
        PostCorrection(
            id=ids.new("cmd"),
            entries=tuple(
                Entry("bank:bench", _account(n), "CNY", 1_000_000)
                for n in range(start, min(start + 100, accounts))
            ),
            ref="opening",
        )
        for start in range(0, accounts, 100)
    ]


def _transfers(ids: TimeOrderedIds, count: int, pair: Callable[[], Sequence[int]]) -> list[Command]:
    made: list[Command] = []
    for n in range(count):
        debit, credit = pair()
        entry = Entry(_account(debit), _account(credit), "CNY", 1 + n % 97)
        made.append(PostCorrection(id=ids.new("cmd"), entries=(entry,), ref=f"bench {n}"))
    return made


def _account(n: int) -> str:
    return f"seller:{n}:available"


async def _payments(
    store: Store[PaymentsTx], desk: PostingDesk, ids: TimeOrderedIds, count: int, cpu: CpuClock
) -> dict[str, float]:
    """Authorise and capture orders: a hold, its capture, a cap, an event, rows of both."""
    orders = [_order(ids, n) for n in range(count // 2)]
    async with store.transaction() as tx:
        await insert_rows(tx.connection, tables.order_money, [values_of(o) for o in orders])
    authorise = [_authorise(ids, order) for order in orders]
    capture = [_capture(ids, command) for command in authorise]

    async def both() -> None:
        await _post(desk, authorise)
        await _post(desk, capture)

    return await _timed(cpu, len(authorise) + len(capture), both)


def _order(ids: TimeOrderedIds, n: int) -> OrderMoney:
    return OrderMoney(
        id=ids.new("ord"),
        order_no=f"BENCH-{n}",
        marketplace_id=ids.new("mbr"),
        seller_id=ids.new("mbr"),
        seller_hub="my-kul",
        buyer_hub=HUB,
        currency="CNY",
        goods_minor=5800,
        tax_minor=637,
        paid_minor=7637,
    )


def _authorise(ids: TimeOrderedIds, order: OrderMoney) -> AuthorisePayment:
    return AuthorisePayment(
        id=ids.new("cmd"),
        payment_id=ids.new("pay"),
        order_id=order.id,
        provider="simulated",
        pay_transaction_id=f"P{order.order_no}",
        currency="CNY",
        amount_minor=order.paid_minor,
    )


def _capture(ids: TimeOrderedIds, authorised: AuthorisePayment) -> CapturePayment:
    return CapturePayment(
        id=ids.new("cmd"),
        payment_id=authorised.payment_id,
        order_id=authorised.order_id,
        provider=authorised.provider,
        currency=authorised.currency,
        amount_minor=authorised.amount_minor,
    )


async def _one_by_one(
    ledger: NaiveLedger,
    name: str,
    pair: Callable[[], Sequence[int]],
    keeps_promises: bool,
    posts: range,
) -> None:
    """Post with several callers at once, as a busy service would."""
    numbers = iter(posts)

    async def caller() -> None:
        for n in numbers:
            debit, credit = pair()
            number = f"{name}-{n}"
            await ledger.post(number, debit, credit, 1 + n % 97, keeps_promises=keeps_promises)

    await asyncio.gather(*(caller() for _ in range(ledger.callers)))


async def _timed(
    cpu: CpuClock, count: int, work: Callable[[], Awaitable[None]]
) -> dict[str, float]:
    """Return CPU microseconds per command and commands per second of wall time."""
    spent, passed = cpu(), time.perf_counter()
    await work()
    passed, spent = time.perf_counter() - passed, cpu() - spent
    return {"cpu_us": round(spent / count * 1e6, 1), "per_s": round(count / passed)}


def server_cpu(server_pid: int) -> CpuClock:
    """Return a clock of a server's processes, living and ended, in seconds."""
    tick = 1 / 100

    def seconds() -> float:
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = stat.read_text()
            except OSError:
                continue  # it ended while we were looking; its parent counts it
            fields = text[text.rindex(")") + 2 :].split()
            is_server, is_child = stat.parent.name == str(server_pid), fields[1] == str(server_pid)
            if is_server or is_child:
                total += sum(map(int, fields[11:13]))
            if is_server:
                total += sum(map(int, fields[13:15]))
        return total * tick

    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    result = json.dumps(run(options.scale), indent=2) + "\n"
    if options.out:
        options.out.write_text(result)
    sys.stdout.write(result)
