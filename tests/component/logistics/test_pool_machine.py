"""Whatever forwarders, sellers and officers do in whatever order, the pool stays consistent.

A state machine of hypothesis books, pools, holds, frees, cancels, seals, drops, plans and lets
planners die, against the real service on SQLite, and after every step compares the rows with what
must always hold: no parcel in two units, none aboard that is cancelled, and sums that add up.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.logistics.clients.planners import PlannerDied
from services.logistics.domain.parcel import PoolState
from services.logistics.domain.stage import ConsolidationState
from services.logistics.domain.tracking import TrackingState
from services.logistics.service import create_service
from services.logistics.settings import LogisticsSettings
from tests.builders.logistics import a_parcel
from tests.builders.running import Running, running
from tests.component.logistics.story import do, opened
from tests.component.logistics.test_assigning import CHEAP, Here, assign

PARCELS, POOLS = 6, 3
ABOARD = {PoolState.POOLED, PoolState.PACKED, PoolState.HELD}
which_parcel = st.integers(0, PARCELS - 1)
which_pool = st.integers(0, POOLS - 1)


class Dies:
    """A planner whose process ends before its plan."""

    async def plan(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        raise PlannerDied("killed")


class PoolMachine(RuleBasedStateMachine):
    """One hub, six parcels, three pools."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.directory = tempfile.TemporaryDirectory()
        self.seals = 0
        self.hub: Running

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize()
    def start(self) -> None:
        self.run(self._start())

    async def _start(self) -> None:
        path = Path(self.directory.name)
        self.hub = await self.stack.enter_async_context(
            running(
                create_service,
                LogisticsSettings,
                database_url=f"sqlite+aiosqlite:///{os.fspath(path / 'machine.db')}",
                directory=path,
                hub="my-kul",
                peers=["cn-hgh"],
            )
        )
        self.parcels = [a_parcel(str(n)) for n in range(PARCELS)]
        async with self.hub.service.store.transaction() as tx:
            for parcel in self.parcels:
                await tx.parcels.add(parcel, booked_at=tx.now)
        self.pools = [await opened(self.hub, **CHEAP) for _ in range(POOLS)]

    @rule(pool=which_pool, parcels=st.sets(which_parcel, min_size=1))
    def pool_some(self, pool: int, parcels: set[int]) -> None:
        ids = [self.parcels[n].id for n in sorted(parcels)]
        self.run(do(self.hub, self.pools[pool], "parcels", {"parcel_ids": ids}))

    @rule(one=which_pool, other=which_pool)
    def plan_twice_at_once(self, one: int, other: int) -> None:
        async def both() -> None:
            self.hub.service.app.state.planners = Here(lambda: asyncio.sleep(0))
            await asyncio.gather(
                assign(self.hub, self.pools[one], seconds=1),
                assign(self.hub, self.pools[other], seconds=1),
            )

        self.run(both())

    @rule(pool=which_pool, parcel=which_parcel, deed=st.sampled_from(["cancel", "hold"]))
    def plan_while_a_parcel_is_stopped(self, pool: int, parcel: int, deed: str) -> None:
        async def planned() -> None:
            async def meanwhile() -> None:
                await self._to_parcel(parcel, deed)

            self.hub.service.app.state.planners = Here(meanwhile)
            await assign(self.hub, self.pools[pool], seconds=1)

        self.run(planned())

    @rule(pool=which_pool)
    def let_a_planner_die(self, pool: int) -> None:
        async def died() -> tuple[Any, Any, int]:
            before = await self._rows()
            self.hub.service.app.state.planners = Dies()
            reply = await assign(self.hub, self.pools[pool], seconds=1)
            return before, await self._rows(), reply.status_code

        before, after, status = self.run(died())
        assert before == after
        assert status in {409, 503}

    @rule(parcel=which_parcel, deed=st.sampled_from(["cancel", "hold", "free"]))
    def stop_or_free(self, parcel: int, deed: str) -> None:
        self.run(self._to_parcel(parcel, deed))

    @rule(pool=which_pool)
    def seal(self, pool: int) -> None:
        self.run(do(self.hub, self.pools[pool], "seal", {"seals": [self._seal()]}))

    @rule(pool=which_pool, parcel=which_parcel)
    def drop(self, pool: int, parcel: int) -> None:
        body = {
            "parcel_ids": [self.parcels[parcel].id],
            "seals": [self._seal()],
            "reason": "no-show",
        }
        self.run(do(self.hub, self.pools[pool], "drop", body))

    @precondition(lambda self: hasattr(self, "pools"))
    @invariant()
    def holds_together(self) -> None:
        parcels, pools = self.run(self._rows())
        for parcel in parcels:
            assert (parcel.consolidation_id is not None) == (parcel.pool in ABOARD)
            if parcel.state is TrackingState.CANCELLED:
                assert parcel.pool is None
        for pool, shares in pools:
            inside = [p for p in parcels if p.consolidation_id == pool.id]
            if pool.state is ConsolidationState.OPEN:
                assert all(p.pool is not PoolState.PACKED for p in inside)
                continue
            assert inside
            assert pool.figures is not None
            assert pool.figures.gross_g == sum(p.gross_g for p in inside)
            assert sum(share.amount.minor for share in shares) == pool.figures.freight.minor
            assert {share.parcel_id for share in shares} == {p.id for p in inside}

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.directory.cleanup()

    def _seal(self) -> str:
        self.seals += 1
        return f"MY{self.seals:06}"

    async def _to_parcel(self, parcel: int, deed: str) -> None:
        path = f"/v1/parcels/{self.parcels[parcel].id}/{deed}"
        await self.hub.post(path, {"reason": "machine"} if deed != "free" else None)

    async def _rows(self) -> tuple[list[Any], list[tuple[Any, Any]]]:
        async with self.hub.service.store.reading() as tx:
            parcels = [await tx.parcels.get(parcel.id) for parcel in self.parcels]
            pools = [
                (
                    await tx.consolidations.get(pool["id"]),
                    await tx.consolidations.shares(pool["id"]),
                )
                for pool in self.pools
            ]
        return parcels, pools


TestPoolMachine = PoolMachine.TestCase
TestPoolMachine.settings = settings(
    max_examples=6,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
