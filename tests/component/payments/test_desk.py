"""The posting desk: many callers, few transactions, nothing lost or doubled when things break."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest
from sqlalchemy import func, select, text

from services.payments.desk import DeskFull, PostingDesk
from services.payments.domain.accounts import AccountKey, account_key
from services.payments.domain.commands import Command
from services.payments.domain.corrections import Entry, PostCorrection
from services.payments.domain.outcome import Cause, Instruction
from services.payments.store import tables
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.check_ledger import check_ledger
from services.payments.usecases.commit import commit
from shared.contracts.event import Event
from shared.contracts.registry import topic_of
from shared.db.database import Database, DatabaseUnavailable
from shared.db.tx import Store
from shared.kernel.ids import derived_id
from shared.messaging.bus import Batch, InRecord
from shared.messaging.cloudevents import record_of
from tests.builders.running import Running
from tests.component.payments.conftest import running_payments
from tests.component.payments.story import (
    CN,
    declaration_released,
    order_placed,
    parcel_delivered,
)

CAUSE = Cause("test", "a test")
AVAILABLE = "seller:mbr:available"


def correction(name: str, minor: int = 1, *, back: bool = False) -> PostCorrection:
    """Move money from the bank to a seller, or back."""
    pair = (AVAILABLE, "bank:simulated") if back else ("bank:simulated", AVAILABLE)
    return PostCorrection(
        id=derived_id("cmd", CN, name), entries=(Entry(*pair, "CNY", minor),), ref="a test"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Poison(Command):
    """A command that nobody can decide."""

    NAME: ClassVar[str] = "poison"
    ABOUT: ClassVar[str] = "id"

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return ()


class Unreliable:
    """A store whose transactions fail as they are told to, before or after they commit."""

    def __init__(self, store: Store[PaymentsTx]) -> None:
        self._store = store
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.attempts = 0
        self.commits = 0

    @asynccontextmanager
    async def transaction(self, *, traceparent: str = "") -> AsyncIterator[PaymentsTx]:
        self.attempts += 1
        if self.before:
            raise self.before.pop(0)
        async with self._store.transaction(traceparent=traceparent) as tx:
            yield tx
        self.commits += 1
        if self.after:
            raise self.after.pop(0)


@pytest.fixture
def store(buyers: Running) -> Unreliable:
    return Unreliable(buyers.service.store)


def desk_on(store: Any, **changes: Any) -> PostingDesk:
    return PostingDesk(
        cast("Store[PaymentsTx]", store), **{"name": "desk-t", "queue_max": 2_000, **changes}
    )


async def posted(desk: PostingDesk, *commands: Command) -> list[Any]:
    waiting = (desk.post(Instruction(command, CAUSE)) for command in commands)
    return list(await asyncio.gather(*waiting, return_exceptions=True))


async def balance(at: Running, code: str = AVAILABLE) -> int:
    async with at.service.store.reading() as tx:
        return sum(account.balance for account in await tx.books.accounts(code))


async def sound(at: Running) -> int:
    """Check the ledger; return how many transfers it has."""
    async with at.service.store.reading() as tx:
        check = await check_ledger(tx)
    assert check.is_sound, check.findings
    return int(check.transfers)


class TestBatches:
    async def test_serve_many_callers_with_one_commit(
        self, buyers: Running, store: Unreliable
    ) -> None:
        outcomes = await posted(desk_on(store), *(correction(str(n)) for n in range(500)))

        assert {outcome.code for outcome in outcomes} == {"accepted"}
        assert store.commits == 1
        assert await balance(buyers) == 500
        assert await sound(buyers) == 500

    async def test_are_cut_at_their_limit(self, buyers: Running, store: Unreliable) -> None:
        desk = desk_on(store, batch_max=100)

        await posted(desk, *(correction(str(n)) for n in range(250)))

        assert store.commits == 3
        assert await sound(buyers) == 250

    async def test_decide_in_order_so_later_commands_see_earlier_ones(
        self, buyers: Running, store: Unreliable
    ) -> None:
        outcomes = await posted(
            desk_on(store),
            correction("too early", 5, back=True),
            correction("in", 5),
            correction("out", 5, back=True),
        )

        assert [outcome.code for outcome in outcomes] == [
            "payments.insufficient-funds",
            "accepted",
            "accepted",
        ]
        assert await balance(buyers) == 0

    async def test_find_the_same_id_twice_in_themselves(
        self, buyers: Running, store: Unreliable
    ) -> None:
        first, second, other = await posted(
            desk_on(store), correction("1"), correction("1"), correction("1", 7)
        )

        assert store.commits == 1
        assert (first.is_replay, second.is_replay) == (False, True)
        assert second.answer == first.answer
        assert other.code == "payments.id-reused"
        assert await sound(buyers) == 1

    async def test_keep_a_refusal_for_ever(self, buyers: Running, store: Unreliable) -> None:
        desk = desk_on(store)
        (refused,) = await posted(desk, correction("out", 5, back=True))
        await posted(desk, correction("in", 5))

        (again,) = await posted(desk, correction("out", 5, back=True))

        assert refused.code == again.code == "payments.insufficient-funds"
        assert again.is_replay
        assert again.rejection.message == refused.rejection.message
        assert again.rejection.details == refused.rejection.details
        assert await balance(buyers) == 5


class TestTrouble:
    async def test_a_poison_command_fails_alone(self, buyers: Running, store: Unreliable) -> None:
        commands: list[Command] = [correction(str(n)) for n in range(63)]
        commands.insert(17, Poison(id=derived_id("cmd", CN, "poison")))

        outcomes = await posted(desk_on(store), *commands)

        failed = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Exception)]
        assert failed == [17]
        assert await sound(buyers) == 63

    @pytest.mark.parametrize(
        "error",
        [DatabaseUnavailable("gone"), ConnectionError("gone"), RuntimeError("a driver's own")],
        ids=["away", "connection", "no common ancestor"],
    )
    async def test_a_commit_whose_answer_was_lost_happens_once(
        self, buyers: Running, store: Unreliable, error: Exception
    ) -> None:
        store.after = [error]

        outcomes = await posted(desk_on(store), correction("1"), correction("2"))

        assert [outcome.code for outcome in outcomes] == ["accepted", "accepted"]
        assert all(outcome.is_replay for outcome in outcomes)
        assert await sound(buyers) == 2

    async def test_a_database_that_stays_away_is_told_to_the_caller_who_may_try_again(
        self, buyers: Running, store: Unreliable
    ) -> None:
        store.before = [DatabaseUnavailable("gone")] * 6
        desk = desk_on(store)

        (failed,) = await posted(desk, correction("1"))
        (later,) = await posted(desk, correction("1"))

        assert isinstance(failed, DatabaseUnavailable)
        assert later.code == "accepted"
        assert await sound(buyers) == 1

    async def test_a_full_queue_says_when_to_come_back(
        self, buyers: Running, store: Unreliable
    ) -> None:
        outcomes = await posted(
            desk_on(store, queue_max=3), *(correction(str(n)) for n in range(5))
        )

        full = [outcome for outcome in outcomes if isinstance(outcome, DeskFull)]
        assert len(full) == 2
        assert full[0].retry_after_s == 1
        assert await sound(buyers) == 3

    async def test_a_caller_who_hung_up_has_moved_the_money_all_the_same(
        self, buyers: Running, store: Unreliable
    ) -> None:
        desk = desk_on(store)
        gone = desk.put(Instruction(correction("1"), CAUSE))
        gone.cancel()

        (stays,) = await posted(desk, correction("2"))

        assert stays.code == "accepted"
        assert await sound(buyers) == 2


class TestTwoDesks:
    async def test_share_a_hot_account_without_harm(self, buyers: Running) -> None:
        store = buyers.service.store
        desks = [desk_on(store, name=f"desk-{n}", batch_max=20) for n in range(2)]

        outcomes = await asyncio.gather(
            *(
                posted(desk, *(correction(f"{n} {i}") for i in range(200)))
                for n, desk in enumerate(desks)
            )
        )

        assert {outcome.code for one in outcomes for outcome in one} == {"accepted"}
        assert await balance(buyers) == 400
        assert await sound(buyers) == 400

    async def test_never_wait_for_each_other_in_a_circle(
        self, unmade_database: str, tmp_path: Path
    ) -> None:
        async with running_payments(unmade_database, tmp_path) as buyers:
            draw = random.Random(7)
            stores = [Unreliable(buyers.service.store) for _ in range(2)]
            desks = [desk_on(s, name=f"desk-{n}", batch_max=25) for n, s in enumerate(stores)]
            commands = [
                [_paying(str(draw.randrange(60))).command for _ in range(500)] for _ in desks
            ]

            outcomes = await asyncio.gather(
                *(posted(desk, *mine) for desk, mine in zip(desks, commands, strict=True))
            )

            assert {outcome.code for one in outcomes for outcome in one} == {"accepted"}
            assert [s.attempts for s in stores] == [s.commits for s in stores]
            assert await sound(buyers) == 1_000

    async def test_open_accounts_before_they_lock_any(
        self, unmade_database: str, tmp_path: Path
    ) -> None:
        """A desk that held the bank's account while it opens others would close a circle here."""
        async with running_payments(unmade_database, tmp_path) as buyers:
            store = buyers.service.store
            await posted(desk_on(store), correction("opens the bank's account"))
            low, middle = sorted(itertools.islice(_LOCKED_BEFORE_THE_BANK, 2), key=_number)
            ends = {low: asyncio.Event(), middle: asyncio.Event()}

            async def open_until_told(seller: str) -> None:
                async with store.transaction() as tx:
                    await commit(tx, [_paying(seller)], desk=f"opens-{seller}")
                    await ends[seller].wait()

            async def pay_from_the_bank(desk: str, *sellers: str) -> list[str]:
                async with store.transaction() as tx:
                    paying = [Instruction(_from_bank(seller), CAUSE) for seller in sellers]
                    return [outcome.code for outcome in await commit(tx, paying, desk=desk)]

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(open_until_told(low))
                tasks.create_task(open_until_told(middle))
                await _until(buyers, "idle in transaction", 2)
                slow = tasks.create_task(pay_from_the_bank("desk-1", low, middle))
                await _until(buyers, "waiting", 1)
                ends[low].set()
                await _until(buyers, "idle in transaction", 1)
                quick = tasks.create_task(pay_from_the_bank("desk-2", low))
                await _until(buyers, "waiting", 2, or_done=quick)
                ends[middle].set()

            assert slow.result() == ["accepted", "accepted"]
            assert quick.result() == ["accepted"]
            assert await sound(buyers) == 6

    async def test_answer_the_same_id_alike(self, buyers: Running) -> None:
        store = buyers.service.store
        desks = [desk_on(store, name=f"desk-{n}") for n in range(2)]

        outcomes = await asyncio.gather(
            *(posted(desk, *(correction(f"{i}") for i in range(50))) for desk in desks)
        )

        assert {outcome.code for one in outcomes for outcome in one} == {"accepted"}
        assert await sound(buyers) == 50


class TestCircles:
    async def test_of_waiters_are_broken_and_tried_again(
        self, unmade_database: str, tmp_path: Path
    ) -> None:
        async with running_payments(unmade_database, tmp_path) as buyers:
            store = buyers.service.store
            met = asyncio.Barrier(2)

            async def crosswise(first: str, second: str) -> str:
                try:
                    async with store.transaction() as tx:
                        await commit(tx, [_paying(first)], desk=f"desk-{first}")
                        await met.wait()
                        await commit(tx, [_paying(second)], desk=f"desk-{first}")
                except DatabaseUnavailable as busy:
                    return busy.code
                return "done"

            ends = await asyncio.gather(crosswise("a", "b"), crosswise("b", "a"))

            assert sorted(ends) == ["database-unavailable", "done"]
            assert await sound(buyers) == 2


class TestTurns:
    async def test_let_workers_with_the_same_orders_end_without_a_circle(
        self, unmade_database: str, tmp_path: Path
    ) -> None:
        async with running_payments(unmade_database, tmp_path) as buyers:
            names = [f"T-{n}" for n in range(40)]
            for name in names:
                order_id = derived_id("ord", CN, name)
                await buyers.hear(order_placed(order_id=order_id, order_no=name), key=order_id)
            deliveries = [_about(parcel_delivered(), name) for name in names]
            clearances = [_about(declaration_released(), name) for name in reversed(names)]

            await asyncio.gather(
                buyers.service.consumer.handle(_batch(buyers, deliveries)),
                buyers.service.consumer.handle(_batch(buyers, clearances)),
            )

            assert await buyers.quarantined() == []


def _about(event: Any, name: str) -> Event:
    changed: Event = event.model_copy(
        update={"order_id": derived_id("ord", CN, name), "order_no": name}
    )
    return changed


def _batch(at: Running, events: list[Event]) -> Batch:
    """What one poll of the bus would bring."""
    topic = topic_of(events[0].service())
    records = []
    for offset, event in enumerate(events):
        out = record_of(at.envelope(event, key=f"key-{offset}"), topic)
        records.append(InRecord(topic, out.key, out.value, out.headers, 3, 0, offset))
    return Batch(topic, 3, records, len(records), len(records))


def _paying(seller: str) -> Instruction:
    """A command of its own id that moves money of the seller named."""
    entry = Entry(f"psp:{seller}", f"seller:{seller}:available", "CNY", 1)
    number = derived_id("cmd", CN, str(next(_NUMBERS)))
    return Instruction(PostCorrection(id=number, entries=(entry,), ref="a test"), CAUSE)


def _from_bank(seller: str) -> PostCorrection:
    """A command of its own id that moves money from the bank to the seller."""
    entry = Entry("bank:simulated", f"seller:{seller}:available", "CNY", 1)
    number = derived_id("cmd", CN, str(next(_NUMBERS)))
    return PostCorrection(id=number, entries=(entry,), ref="a test")


def _number(seller: str) -> int:
    """Where the seller's account stands in the order in which accounts are locked."""
    return account_key(f"seller:{seller}:available", "CNY").number


async def _until(
    at: Running, standing: str, sessions: int, *, or_done: "asyncio.Task[Any] | None" = None
) -> None:
    """Return once so many of the database's sessions stand so, or the task is done."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
        "CASE WHEN wait_event_type = 'Lock' THEN 'waiting' ELSE state END = :standing"
    )
    for _ in range(500):
        async with at.service.store.database.reading() as connection:
            found = await connection.scalar(query, {"standing": standing})
        if found == sessions or (or_done is not None and or_done.done()):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{found} sessions are {standing}, not {sessions}")


_LOCKED_BEFORE_THE_BANK = (
    name
    for name in map(str, itertools.count())
    if _number(name) < account_key("bank:simulated", "CNY").number
)
_NUMBERS = itertools.count()
KILLS = 12
COMMANDS = 1_500


class TestKills:
    """Connections cut by the server while batches are under way."""

    async def test_lose_nothing_and_double_nothing(
        self, unmade_database: str, tmp_path: Path
    ) -> None:
        async with running_payments(unmade_database, tmp_path) as buyers:
            desk = desk_on(buyers.service.store, batch_max=40)
            commands = [correction(str(n)) for n in range(COMMANDS)]

            killer = asyncio.create_task(_cut_connections(unmade_database, KILLS))
            outcomes = []
            for start in range(0, COMMANDS, 150):
                outcomes += await _until_answered(desk, commands[start : start + 150])
            await killer

            assert {outcome.code for outcome in outcomes} == {"accepted"}
            assert await sound(buyers) == COMMANDS
            assert await balance(buyers) == COMMANDS
            async with buyers.service.store.database.reading() as connection:
                kept = await connection.scalar(select(func.count()).select_from(tables.command))
            assert kept == COMMANDS


async def _until_answered(desk: PostingDesk, commands: list[PostCorrection]) -> list[Any]:
    """Post until every command has an outcome, as a patient client does."""
    answered: dict[str, Any] = {}
    deadline = asyncio.get_running_loop().time() + 60
    while len(answered) < len(commands):
        assert asyncio.get_running_loop().time() < deadline, "no answer within a minute"
        waiting = [command for command in commands if command.id not in answered]
        for command, outcome in zip(waiting, await posted(desk, *waiting), strict=True):
            if isinstance(outcome, Exception):
                assert isinstance(outcome, DatabaseUnavailable), outcome
            else:
                answered[command.id] = outcome
    return list(answered.values())


async def _cut_connections(url: str, times: int) -> None:
    """End every other connection to this database, again and again."""
    killer = Database(url)
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        for _ in range(times):
            async with killer.transaction() as connection:
                await connection.execute(cut)
            await asyncio.sleep(0.05)
    finally:
        await killer.stop()
