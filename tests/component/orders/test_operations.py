"""A large file is answered with 202 and placed by the worker, whatever happens to the worker."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from services.orders.api.order_rows import HEADER
from services.orders.api.sheets import SheetFormat, write_sheet
from services.orders.store.tables import metadata
from services.orders.store.tx import OrdersTx
from services.orders.timers import jobs
from services.orders.usecases.import_orders import IMPORT, import_orders
from shared.contracts.orders.events import OrderPlaced
from shared.db.operations import KEPT, RUNNING_PER_TENANT_MAX, Asked, Operation
from shared.kernel.errors import Rejected
from shared.runtime.operations import Job, forgetting, operating, step
from tests.builders.running import Running
from tests.component.orders.test_order_sheets import changed, exported, renamed, two_orders
from tests.component.orders.test_place_order import marketplace, placed

Jobs = Mapping[str, Job]


class WorkerDied(BaseException):
    """As a kill would end it: nobody handles this."""


async def rows_of(orders: Running, count: int) -> list[list[str]]:
    """A file with `count` new orders."""
    await placed(orders)
    header, first = await exported(orders)
    number = HEADER.index("order_no")
    rows = [[*first[:number], f"F-{n}", *first[number + 1 :]] for n in range(count)]
    return [header, *rows]


async def asked(orders: Running, rows: list[list[str]], **headers: str) -> httpx.Response:
    return await orders.post(
        "/v1/orders/import",
        content=write_sheet(SheetFormat.CSV, rows),
        headers={
            **marketplace(orders),
            "Content-Type": SheetFormat.CSV.media_type,
            "Prefer": "respond-async",
            **headers,
        },
    )


def importing(orders: Running, *, at_once: int = 100, dies_at: int = 0) -> Jobs:
    """The worker's job; at its `dies_at`th step it dies with the work done and not committed."""
    steps = 0

    async def work(tx: OrdersTx, held: Operation, lines: Sequence[Asked]) -> Any:
        nonlocal steps
        steps += 1
        results = await import_orders(tx, held, lines, intake=orders.service.app.state.intake)
        if steps == dies_at:
            raise WorkerDied
        return results

    return {IMPORT: Job(work, at_once=at_once)}


async def worked(orders: Running, kinds: Jobs | None = None) -> int:
    """Let the worker do all there is; return in how many steps."""
    kinds = kinds or jobs(orders.service.app.state.intake)
    steps = 0
    while await step(orders.service.store, kinds):
        steps += 1
    return steps


async def read(orders: Running, path: str, name: str = "tasik") -> dict[str, Any]:
    reply = await orders.http.get(path, headers=marketplace(orders, name))
    return {"code": reply.status_code, **reply.json()}


async def results_of(orders: Running, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await read(orders, f"{path}/results"))["items"]
    return items


class TestOperation:
    async def test_says_where_to_look_and_what_became_of_each_line(self, orders: Running) -> None:
        await two_orders(orders)
        rows = changed(renamed(await exported(orders)), 2, goods="57.99")
        rows.append([*changed(rows, 2, order_no="F-3", goods="many")[1]])

        reply = await asked(orders, rows)
        path = reply.headers["Location"]
        before = await read(orders, path)
        await worked(orders)
        after = await read(orders, path)

        assert (reply.status_code, reply.json()["status"]) == (202, "running")
        assert path == f"/v1/operations/{reply.json()['id']}"
        assert (before["status"], before["lines"], before["done"]) == ("running", 3, 1)
        assert (after["status"], after["done"], after["refused"]) == ("succeeded", 3, 2)
        wrong, right, unread = await results_of(orders, path)
        assert wrong["problem"]["code"] == "orders.amounts-do-not-add-up"
        assert (right["line"], right["name"]) == (3, "NEW-A-2")
        assert (await read(orders, f"/v1/orders/{right['made_id']}"))["state"] == "placed"
        assert (unread["line"], unread["problem"]["field"]) == (5, "goods")

    async def test_is_one_operation_however_often_it_is_asked(self, orders: Running) -> None:
        rows = await rows_of(orders, 3)

        first = await asked(orders, rows, **{"Idempotency-Key": "one"})
        again = await asked(orders, rows, **{"Idempotency-Key": "one"})
        await worked(orders)

        assert again.headers["Location"] == first.headers["Location"]
        assert (again.status_code, again.json()) == (202, first.json())
        assert len(await orders.said(OrderPlaced)) == 1 + 3

    async def test_goes_on_where_a_dead_worker_ended(self, orders: Running) -> None:
        path = (await asked(orders, await rows_of(orders, 7))).headers["Location"]

        with pytest.raises(WorkerDied):
            await worked(orders, importing(orders, at_once=3, dies_at=2))
        half = await read(orders, path)
        steps = await worked(orders, importing(orders, at_once=3))

        assert (half["status"], half["done"]) == ("running", 3)
        assert steps == 2
        assert (await read(orders, path))["status"] == "succeeded"
        assert len({one["made_id"] for one in await results_of(orders, path)}) == 7
        assert len(await orders.said(OrderPlaced)) == 1 + 7

    async def test_fails_with_a_problem_and_keeps_what_was_done(self, orders: Running) -> None:
        path = (await asked(orders, await rows_of(orders, 4))).headers["Location"]
        good = importing(orders, at_once=3)
        assert await step(orders.service.store, good)

        async def refuses(*_: Any) -> Any:
            raise Rejected("no rules for today")

        await worked(orders, {IMPORT: Job(refuses, at_once=3)})

        failed = await read(orders, path)
        assert (failed["status"], failed["done"]) == ("failed", 3)
        assert failed["problem"]["code"] == "rejected"
        assert len(await results_of(orders, path)) == 3

    async def test_shares_the_worker_fairly(self, orders: Running) -> None:
        rows = await rows_of(orders, 4)
        first = (await asked(orders, rows)).headers["Location"]
        orders.clock.move(timedelta(seconds=1))
        second = (await asked(orders, rows)).headers["Location"]
        kinds = importing(orders, at_once=2)
        for _ in range(2):
            orders.clock.move(timedelta(seconds=1))
            assert await step(orders.service.store, kinds)

        assert [(await read(orders, path))["done"] for path in (first, second)] == [2, 2]

    async def test_is_nobody_elses_and_has_an_end(self, orders: Running) -> None:
        path = (await asked(orders, await rows_of(orders, 1))).headers["Location"]
        others = await read(orders, path, "other")
        results = await read(orders, f"{path}/results", "other")
        await worked(orders)
        orders.wait(KEPT + timedelta(seconds=1))
        async with orders.service.store.transaction() as tx:
            await forgetting(orders.service.store)(tx)

        gone = await read(orders, path)
        assert [one["code"] for one in (others, results, gone)] == ["operation-not-found"] * 3

    async def test_forgets_what_was_asked_line_by_line(self, orders: Running) -> None:
        """It names buyers."""
        await asked(orders, await rows_of(orders, 3))
        await step(orders.service.store, importing(orders, at_once=2))

        line = metadata.tables["operation_line"]
        async with orders.service.store.database.reading() as connection:
            rows = await connection.execute(select(line.c.ask).order_by(line.c.line))
            assert [ask is None for ask in rows.scalars()] == [True, True, False]

    async def test_runs_a_few_at_a_time_for_a_member(self, orders: Running) -> None:
        rows = await rows_of(orders, 1)
        for _ in range(RUNNING_PER_TENANT_MAX):
            assert (await asked(orders, rows)).status_code == 202

        refused = await asked(orders, rows)

        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-operations")
        assert int(refused.headers["Retry-After"]) > 0

    async def test_takes_what_is_too_long_to_be_waited_for(self, orders: Running) -> None:
        rows = await rows_of(orders, 501)

        at_once = await asked(orders, rows, Prefer="")
        later = await asked(orders, rows, Prefer="wait=5, Respond-Async")

        assert (at_once.status_code, later.status_code) == (400, 202)
        assert "respond-async" in at_once.json()["help"]


async def test_the_worker_hears_the_bell(orders: Running) -> None:
    store = orders.service.store
    loop = asyncio.create_task(operating(store, importing(orders))())
    try:
        async with asyncio.timeout(10):
            path = (await asked(orders, await rows_of(orders, 2))).headers["Location"]
            while (await read(orders, path))["status"] == "running":
                await asyncio.sleep(0.01)
    finally:
        loop.cancel()

    assert (await read(orders, path))["status"] == "succeeded"
