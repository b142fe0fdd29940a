"""Waiting parcels are planned into open consolidations; nothing is locked while a plan is made."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.logistics.clients.planners import PlannerDied, Planners, PlannersBusy
from services.logistics.domain.assignment.solve import solve
from tests.builders.running import Running
from tests.component.logistics.story import (
    FORWARDER,
    STRANGER,
    acting_as,
    booked,
    now_is,
    opened,
    parcel_now,
)

CHEAP = {"unit_type": "AKE", "unit_cost": {"amount_minor": 90_000, "currency": "MYR"}}
DEAR = {"unit_type": "PMC", "unit_cost": {"amount_minor": 150_000, "currency": "MYR"}}


class Here:
    """Plans in this process, after something else happened in the meantime."""

    def __init__(self, meanwhile: Callable[[], Any] | None = None) -> None:
        self._meanwhile = meanwhile

    async def plan(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
        if self._meanwhile is not None:
            await self._meanwhile()
        return work(*args, **named)


async def assign(
    origin: Running, *consolidations: dict[str, Any], key: str = "", **changes: Any
) -> httpx.Response:
    headers = acting_as(origin, FORWARDER, kind="agent") | ({"Idempotency-Key": key} if key else {})
    body = {"consolidation_ids": [one["id"] for one in consolidations], "seconds": 2, **changes}
    return await origin.post("/v1/assignments", body, headers=headers)


@pytest.fixture
def planning_here(origin: Running) -> None:
    origin.service.app.state.planners = Here()


@pytest.mark.usefixtures("planning_here")
class TestAssigning:
    async def test_fills_the_cheaper_unit_and_proves_that_none_is_cheaper(
        self, origin: Running
    ) -> None:
        parcels = await booked(origin, "1", "2", "3")
        cheap, dear = await opened(origin, **CHEAP), await opened(origin, **DEAR)

        reply = (await assign(origin, dear, cheap)).json()

        assert reply["cost"] == reply["bound"] == {"amount_minor": 90_000, "currency": "MYR"}
        assert (reply["gap_permille"], reply["units_used"], reply["carried_out"]) == (0, 1, True)
        assert {line["parcel_id"] for line in reply["lines"]} == {p["id"] for p in parcels}
        assert (await now_is(origin, cheap))["aboard"] == 3
        assert (await now_is(origin, dear))["aboard"] == 0

    async def test_only_plans_where_it_is_told_so_and_repeats_its_reply(
        self, origin: Running
    ) -> None:
        await booked(origin, "1")
        cheap = await opened(origin, **CHEAP)

        planned = (await assign(origin, cheap, carry_out=False)).json()
        between = (await now_is(origin, cheap))["aboard"]
        once = await assign(origin, cheap, key="again")
        again = await assign(origin, cheap, key="again")

        assert (planned["carried_out"], planned["units_used"], between) == (False, 1, 0)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert once.json() == again.json()

    async def test_says_why_a_parcel_is_in_no_unit(self, origin: Running) -> None:
        await booked(origin, "1", handling={"temperature": "frozen"})
        await booked(origin, "2", deliver_by="2026-09-02T00:00:00Z")
        cheap = await opened(
            origin,
            **CHEAP,
            departs_at="2026-09-02T12:00:00Z",
            arrives_at="2026-09-03T12:00:00Z",
        )

        reply = (await assign(origin, cheap)).json()

        assert {line["code"] for line in reply["lines"]} == {
            "logistics.no-unit-of-temperature",
            "logistics.arrives-after-promise",
        }

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({}, "logistics.unit-type-missing"),
            ({**CHEAP, "unit_type": "53HC"}, "logistics.unit-type-unknown"),
        ],
    )
    async def test_needs_units_whose_type_and_cost_are_known(
        self, origin: Running, changes: dict[str, Any], code: str
    ) -> None:
        reply = await origin.post(
            "/v1/consolidations",
            {
                "origin": "MYKUL",
                "destination": "CNHGH",
                "destination_hub": "cn-hgh",
                "master_waybill": "232-12345675",
                "unit_no": "AKE12345MH",
                "cut_off_at": "2026-09-01T13:00:00Z",
                "price_per_kg": {"amount_minor": 1_400, "currency": "MYR"},
                **changes,
            },
            headers=acting_as(origin, FORWARDER, kind="agent"),
        )
        if reply.status_code == 201:
            reply = await assign(origin, reply.json())

        assert reply.json()["code"] == code

    async def test_weighs_no_ringgit_against_yuan(self, origin: Running) -> None:
        yuan = {"unit_type": "AKE", "unit_cost": {"amount_minor": 1, "currency": "CNY"}}

        reply = await assign(origin, await opened(origin, **CHEAP), await opened(origin, **yuan))

        assert reply.json()["code"] == "logistics.unit-costs-differ"

    async def test_is_not_for_other_forwarders(self, origin: Running) -> None:
        cheap = await opened(origin, **CHEAP)

        reply = await origin.post(
            "/v1/assignments",
            {"consolidation_ids": [cheap["id"]]},
            headers=acting_as(origin, STRANGER, kind="agent"),
        )

        assert reply.status_code == 404


class TestWhatHappensMeanwhile:
    async def test_two_planners_put_no_parcel_into_two_units(self, origin: Running) -> None:
        parcels = await booked(origin, *(str(n) for n in range(8)))
        origin.service.app.state.planners = Here(lambda: asyncio.sleep(0.05))
        units = [await opened(origin, **CHEAP), await opened(origin, **CHEAP)]

        replies = await asyncio.gather(*(assign(origin, unit) for unit in units))

        aboard = [(await now_is(origin, unit))["aboard"] for unit in units]
        assert sum(aboard) == len(parcels)
        said = [line for reply in replies for line in reply.json()["lines"]]
        assert sum(1 for line in said if line["consolidation_id"]) == len(parcels)
        assert {line["code"] for line in said if line["code"]} == {"logistics.pooling-out-of-order"}

    async def test_a_parcel_cancelled_meanwhile_is_refused_and_the_others_go(
        self, origin: Running
    ) -> None:
        gone, stays = await booked(origin, "1", "2")

        async def cancel() -> None:
            await origin.post(f"/v1/parcels/{gone['id']}/cancel", {"reason": "seller"})

        origin.service.app.state.planners = Here(cancel)
        unit = await opened(origin, **CHEAP)

        lines = {one["parcel_id"]: one for one in (await assign(origin, unit)).json()["lines"]}

        assert lines[gone["id"]]["code"] == "logistics.pooling-out-of-order"
        assert lines[stays["id"]]["consolidation_id"] == unit["id"]
        assert (await parcel_now(origin, gone))["consolidation_id"] is None

    async def test_a_pool_closed_meanwhile_refuses_the_whole_plan(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        soon = origin.clock.now() + timedelta(minutes=5)
        unit = await opened(origin, **CHEAP, cut_off_at=soon.isoformat())

        async def the_cut_off_passes() -> None:
            origin.clock.move(timedelta(minutes=5))

        origin.service.app.state.planners = Here(the_cut_off_passes)
        reply = await assign(origin, unit)

        assert reply.json()["code"] == "logistics.pool-closed"
        assert (await parcel_now(origin, parcel))["pool"] is None

    async def test_a_planner_killed_in_mid_plan_changes_nothing_and_the_next_one_plans(
        self, origin: Running
    ) -> None:
        (parcel,) = await booked(origin, "1")
        unit = await opened(origin, **CHEAP)
        desk: Planners = origin.service.app.state.planners

        class Killed:
            async def plan(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Any:
                return await desk.plan(os.abort)

        origin.service.app.state.planners = Killed()
        died = await assign(origin, unit)
        between = await parcel_now(origin, parcel)
        origin.service.app.state.planners = desk
        done = await assign(origin, unit)

        assert (died.status_code, died.json()["code"]) == (503, "logistics.planner-died")
        assert (between["pool"], between["consolidation_id"]) == (None, None)
        assert done.json()["units_used"] == 1
        assert (await parcel_now(origin, parcel))["consolidation_id"] == unit["id"]


class TestPlanners:
    async def test_tell_who_comes_too_late_to_come_again(self) -> None:
        planners = Planners(processes=0)
        planners._under_way = 8  # as many as may wait

        with pytest.raises(PlannersBusy):
            await planners.plan(solve)

    async def test_start_anew_after_a_death(self) -> None:
        planners = Planners()
        try:
            with pytest.raises(PlannerDied):
                await planners.plan(os.abort)

            assert await planners.plan(abs, -3) == 3
        finally:
            await planners.stop()

    async def test_give_up_a_plan_under_way_when_the_hub_stops(self) -> None:
        planners = Planners()
        plan = asyncio.create_task(planners.plan(time.sleep, 60))
        process = await planner_of(os.getpid())
        began = time.monotonic()

        await planners.stop()

        assert time.monotonic() - began < 20
        assert not alive(process)
        with pytest.raises(PlannerDied):
            await plan

    async def test_end_with_the_hub_that_was_killed(self) -> None:
        hub = subprocess.Popen([sys.executable, "-c", HUB_THAT_PLANS], cwd=ROOT)
        try:
            process = await planner_of(hub.pid)
        finally:
            hub.kill()
            hub.wait()

        for _ in range(200):
            if not alive(process):
                return
            await asyncio.sleep(0.1)
        os.kill(process, signal.SIGKILL)
        pytest.fail("the planner outlived its hub by 20 s")


ROOT = Path(__file__).parents[3]
HUB_THAT_PLANS = """
import asyncio, time
from services.logistics.clients.planners import Planners
if __name__ == "__main__":
    asyncio.run(Planners().plan(time.sleep, 60))
"""


async def planner_of(hub: int) -> int:
    """Return the pid of a hub's planner, once it plans."""
    for _ in range(600):
        for task in Path(f"/proc/{hub}/task").glob("*/children"):
            for child in map(int, task.read_text().split()):
                words = Path(f"/proc/{child}/cmdline").read_bytes()
                threads = len(list(Path(f"/proc/{child}/task").iterdir()))
                if b"spawn_main" in words and threads > 1:  # it watches for the end already
                    return child
        await asyncio.sleep(0.1)
    raise AssertionError(f"no planner of {hub}")


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
