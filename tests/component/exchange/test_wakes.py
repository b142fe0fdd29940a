"""Nobody waits for the next look: what is committed wakes whoever has something to do then."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from services.exchange.store.tables import arrived_frame, frame
from services.exchange.store.tx import FRAMED, NUMBERED, SIGNED, TAKEN
from shared.db.bells import Bell
from tests.component.exchange.hubs import Hub, cancelled, order_id, say_cancelled

PATIENCE_S = 30.0


class OnlyBell(Bell):
    """A bell whose waiters never look by themselves, so that nothing but its ring wakes them."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited = asyncio.Event()

    async def wait(self, *, after: int, timeout_s: float) -> bool:
        self.awaited.set()
        return await super().wait(after=after, timeout_s=timeout_s + 1_000)


@asynccontextmanager
async def waiting(hub: Hub, bell: str, loop: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """A loop that has looked once and waits at its bell."""
    bells: defaultdict[str, OnlyBell] = defaultdict(OnlyBell)
    hub.store.bells = bells  # type: ignore[assignment]  # only its kind of bell differs
    task = asyncio.ensure_future(loop())
    async with asyncio.timeout(PATIENCE_S):
        await bells[bell].awaited.wait()
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            await asyncio.sleep(0.02)


class TestBell:
    async def test_wakes_all_who_wait(self) -> None:
        bell = Bell()
        waiters = [asyncio.create_task(bell.wait(after=0, timeout_s=60)) for _ in range(3)]
        await asyncio.sleep(0)

        bell.ring()

        assert await asyncio.gather(*waiters) == [True] * 3

    async def test_is_heard_by_who_looked_before_it_rang(self) -> None:
        bell = Bell()
        seen = bell.rung
        bell.ring()

        assert await bell.wait(after=seen, timeout_s=60)

    async def test_lets_a_waiter_look_again_in_the_end(self) -> None:
        assert not await Bell().wait(after=0, timeout_s=0.01)


class TestTransaction:
    async def test_rings_once_it_is_committed(self, origin: Hub) -> None:
        async with origin.store.transaction() as tx:
            tx.ring(NUMBERED)
            assert origin.store.bells[NUMBERED].rung == 0

        assert origin.store.bells[NUMBERED].rung == 1

    async def test_rings_nothing_when_it_fails(self, origin: Hub) -> None:
        async def fail() -> None:
            async with origin.store.transaction() as tx:
                tx.ring(NUMBERED)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail()

        assert origin.store.bells[NUMBERED].rung == 0


class TestRoad:
    async def test_closes_a_frame_when_something_was_numbered(self, origin: Hub) -> None:
        async def is_framed() -> bool:
            return bool(await origin.rows(frame))

        async with waiting(origin, NUMBERED, origin.framer.run):
            await origin.say(origin.envelope(cancelled(), key=order_id(1)))
            await until(is_framed)

    async def test_answers_a_waiting_peer_as_soon_as_a_frame_is_closed(
        self, origin: Hub, dest: Hub
    ) -> None:
        async with waiting(origin, NUMBERED, origin.framer.run):
            asked = asyncio.create_task(dest.puller.pull(wait_s=10))
            async with asyncio.timeout(PATIENCE_S):
                await origin.store.bells[FRAMED].awaited.wait()  # type: ignore[attr-defined]
                await origin.say(origin.envelope(cancelled(), key=order_id(1)))
                pulled = await asked

        assert pulled.frames == 1

    async def test_hands_over_a_receipt_when_a_frame_was_taken(
        self, origin: Hub, dest: Hub
    ) -> None:
        async def is_acknowledged() -> bool:
            return (await dest.rows(arrived_frame))[0]["receipt_sent_at"] is not None

        async def acknowledge() -> None:
            while await dest.link.acknowledge():
                pass

        await say_cancelled(origin, 1)
        assert origin.store.bells[FRAMED].rung == 1
        async with waiting(dest, TAKEN, acknowledge):
            await dest.puller.pull()
            await until(is_acknowledged)

        assert dest.store.bells[TAKEN].rung == 1

    async def test_logs_what_was_signed(self, origin: Hub) -> None:
        async def is_logged() -> bool:
            return (await origin.rows(frame))[0]["frame_leaf"] is not None

        async with waiting(origin, SIGNED, origin.recorder.run):
            await say_cancelled(origin, 1)
            await until(is_logged)
