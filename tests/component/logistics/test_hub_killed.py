"""The hub is killed while it plans: the pools stay as they were, or hold the whole plan."""

import asyncio
import signal
import sys
from collections import Counter
from pathlib import Path

from services.logistics.domain.parcel import PoolState
from services.logistics.service import create_service
from services.logistics.settings import LogisticsSettings
from tests.builders.logistics import a_parcel
from tests.builders.running import Running, running
from tests.component.logistics.planning_child import MOMENTS
from tests.component.logistics.story import opened
from tests.component.logistics.test_assigning import CHEAP, DEAR

PARCELS = [a_parcel(str(n)) for n in range(6)]


async def test_a_hub_killed_in_mid_plan_puts_no_parcel_into_two_units(
    database_url: str, tmp_path: Path
) -> None:
    async def run_child(moment: str) -> tuple[int, str]:
        module = "tests.component.logistics.planning_child"
        words = (database_url, str(tmp_path), moment, *(pool["id"] for pool in pools))
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *words, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await child.communicate()
        told = [line for line in output.decode().splitlines() if line.startswith("told ")]
        return child.returncode or 0, "".join(told)

    async with running(
        create_service,
        LogisticsSettings,
        database_url=database_url,
        directory=tmp_path,
        hub="my-kul",
    ) as hub:
        async with hub.service.store.transaction() as tx:
            for parcel in PARCELS:
                await tx.parcels.add(parcel, booked_at=tx.now)
        pools = [await opened(hub, **CHEAP), await opened(hub, **DEAR)]

        between = []
        for moment in MOMENTS:
            assert await run_child(moment) == (-signal.SIGKILL, "")
            between.append(await _aboard(hub))
        told = await run_child("never")
        at_last = await _aboard(hub)

    nowhere = Counter({(None, None): len(PARCELS)})
    assert between[:2] == [nowhere, nowhere]
    assert sum(between[2].values()) == between[2][pools[0]["id"], PoolState.POOLED] == len(PARCELS)
    assert told == (0, "told 200 True")
    assert at_last == between[2]


async def _aboard(hub: Running) -> Counter[tuple[str | None, PoolState | None]]:
    """Count the parcels by the pool they are in and how they are in it."""
    async with hub.service.store.reading() as tx:
        parcels = [await tx.parcels.get(parcel.id) for parcel in PARCELS]
    return Counter((parcel.consolidation_id, parcel.pool) for parcel in parcels)
