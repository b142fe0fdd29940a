"""What customs' answers cost, in CPU time of this process, with an empty and with a full database.

    python -m tests.bench customs

Landed costs and decisions are computed as the service does, without a database. Pre-clearances and
a message of 100 lists go through the whole service over HTTP within the process, on SQLite, first
with no declarations kept and then with many. What the caller does with the answer is not counted.

The collector leaves alone what the service was built of, as it does where the service is deployed.
CPU time is longer on a machine that others use at the same time, so a fixed piece of Python is
timed between the questions and the messages: `reference_ms`. The ratios, a time over the
reference's, are what full and empty are compared by.
"""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from sqlalchemy import insert
from stdnum.cn import ric

from services.customs.clients.gate_xml import read_message
from services.customs.domain.admission import admit
from services.customs.domain.declaration import Declaration
from services.customs.domain.lanes import choose_lane
from services.customs.domain.matching import match
from services.customs.service import create_service
from services.customs.settings import CustomsSettings
from services.customs.store.codec import to_json
from services.customs.store.tables import declaration as declaration_table
from services.customs.usecases.read_pack import lane_profile
from shared.kernel.ids import derived_id
from shared.runtime.memory import settle
from tests.builders.customs import (
    PILLOW,
    TODAY,
    china,
    cny,
    dossier,
    goods,
    order,
    packs,
    rulebook,
)
from tests.builders.customs_gate import (
    SENDER,
    list_621,
    order_311,
    payment_411,
    waybill_511,
    xml,
)
from tests.builders.running import Running, running

LINES = 20_000
DOSSIERS = 10_000
REQUESTS = 400
REQUESTS_PER_REFERENCE = 20
MESSAGES = 10
DECLARATIONS = 100_000
ROWS_PER_INSERT = 2_000
REFERENCE_STEPS = 100_000
TARGETS = {
    "landed_cost_lines_per_s_min": 2_000,
    "decided_dossiers_per_s_min": 1_500,
    "pre_clearance_p99_ms_max": 25,
    "message_ms_max": 150,
    "full_database_ratio_max": 1.2,
}


def run(scale: float = 1.0) -> dict[str, Any]:
    """Return the figures; `full_database_ratio` is the worst of full over empty."""
    figures: dict[str, Any] = {
        "landed_cost_lines_per_s": _lines_per_s(max(200, int(LINES * scale))),
        "decided_dossiers_per_s": _dossiers_per_s(max(100, int(DOSSIERS * scale))),
    }
    with TemporaryDirectory() as directory:
        served = asyncio.run(_served(Path(directory), scale))
    return {**figures, **served, "targets": TARGETS}


def _lines_per_s(lines: int) -> float:
    """Orders of ten lines: rates looked up and the landed cost worked out, line by line."""
    book, rules = rulebook(), china()
    kept = [
        goods(line_no=n, hs_code=PILLOW, quantity=1, unit_price=cny("10.00")) for n in range(1, 11)
    ]
    document = order(*kept, tax=cny("10.19"))

    def once() -> None:
        admission = admit(document, rules, book.rates("CN", document.lines, on=TODAY))
        assert admission.cost is not None

    return lines / _cpu_s(once, lines // 10)


def _dossiers_per_s(count: int) -> float:
    """Rates, admission, the match of every document, and the lane."""
    book, rules = rulebook(), china()
    profile = lane_profile(packs().of("CN").rule("risk.import-lanes", on=TODAY))
    one = dossier()
    used = cny("0.00")

    def once() -> None:
        rates = book.rates("CN", one.order.lines, on=TODAY)
        admission = admit(one.order, rules, rates, insurance=cny("0.00"), annual_used=used)
        assert not (*admission.findings, *match(one, rules))
        choose_lane(profile, seed="1", subject=one.booking.logistics_no)

    return count / _cpu_s(once, count)


async def _served(directory: Path, scale: float) -> dict[str, Any]:
    requests, messages = max(20, int(REQUESTS * scale)), max(2, int(MESSAGES * scale))
    async with running(
        create_service,
        CustomsSettings,
        database_url=f"sqlite+aiosqlite:///{directory}/customs.db",
        directory=directory,
        hub="cn-hgh",
        peers=["my-kul"],
    ) as customs:
        await _register_firms(customs)
        settle()
        empty = await _measured(customs, requests, messages, mark="E")
        await _fill(customs, max(1_000, int(DECLARATIONS * scale)))
        full = await _measured(customs, requests, messages, mark="F")
    judged = ("pre_clearance_ratio", "message_ratio")
    worst = max(full[name] / empty[name] for name in judged)
    return {
        **{f"{name}_empty": value for name, value in empty.items()},
        **{f"{name}_full": value for name, value in full.items()},
        "full_database_ratio": worst,
    }


async def _measured(customs: Running, requests: int, messages: int, *, mark: str) -> dict[str, Any]:
    asked, beside = [], []
    for number in range(requests):
        if number % REQUESTS_PER_REFERENCE == 0:
            beside.append(_reference_ms())
        asked.append(await _cpu_ms(lambda: _pre_clear(customs)))
    asked.sort()
    sent, walls, references = [], [], []
    for number in range(messages):
        await _send_papers(customs, f"{mark}{number}")
        buyer = _buyer(f"{mark}{number}")
        lists = [list_621(f"{mark}{number}-{n}", buyer_id=buyer) for n in range(100)]
        body = xml(621, *lists)
        references.append(_reference_ms())
        start, began = time.process_time(), time.perf_counter()
        reply = await _post(customs, body)
        sent.append((time.process_time() - start) * 1_000)
        walls.append((time.perf_counter() - began) * 1_000)
        _check(reply)
    return {
        "pre_clearance_p50_ms": asked[len(asked) // 2],
        "pre_clearance_p99_ms": asked[int(len(asked) * 0.99)],
        "pre_clearance_ratio": asked[len(asked) // 2] / median(beside),
        "message_ms": median(sent),
        "message_ms_best": min(sent),
        "message_wall_ms": median(walls),
        "message_wall_ms_worst": max(walls),
        "reference_ms": median(references),
        "message_ratio": median(sent) / median(references),
    }


def _reference_ms() -> float:
    """Time a fixed number of dictionary steps: how fast is this machine just now?"""
    start = time.process_time()
    counts: dict[int, int] = {}
    for number in range(REFERENCE_STEPS):
        counts[number % 97] = counts.get(number % 97, 0) + number
    return (time.process_time() - start) * 1_000


async def _pre_clear(customs: Running) -> None:
    line = {
        "hs_code": "2101120000",
        "origin": "MY",
        "quantity": 1,
        "unit_price_minor": 5_800,
        "description": "coffee",
        "net_weight_g": 570,
    }
    body = {
        "destination": "CN",
        "channel": "9610",
        "currency": "CNY",
        "lines": [line],
        "freight_minor": 1_200,
        "tax_minor": 637,
        "paid_minor": 7_637,
    }
    reply = await customs.http.post("/v1/pre-clearances", json=body)
    assert reply.json()["verdict"] == "accepted"


async def _register_firms(customs: Running) -> None:
    for code in (SENDER["copCode"], "TASIK", "PAYCO", "232", "AGENT"):
        body = {"member_id": derived_id("mbr", customs.hub, "a member")}
        put = await customs.http.put(f"/v1/gates/cn/filers/{code}", json=body)
        put.raise_for_status()


async def _send_papers(customs: Running, mark: str) -> None:
    """Each message has a buyer of its own, so that nobody's year is used up."""
    buyer = _buyer(mark)
    numbers = [f"{mark}-{n}" for n in range(100)]
    await _send(customs, xml(311, *[order_311(n, buyer_id=buyer) for n in numbers]))
    await _send(customs, xml(411, *[payment_411(n, payer_id=buyer) for n in numbers]))
    await _send(customs, xml(511, *[waybill_511(n) for n in numbers]))


def _buyer(mark: str) -> str:
    """A fictional resident's number with a right check digit."""
    body = f"33010619000101{zlib.crc32(mark.encode()) % 1_000:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


async def _send(customs: Running, body: bytes) -> None:
    _check(await _post(customs, body))


async def _post(customs: Running, body: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/xml"}
    return await customs.post("/v1/gates/cn/messages", content=body, headers=headers)


def _check(reply: httpx.Response) -> None:
    receipts = read_message(reply.content).documents
    assert len(receipts) == 100
    assert {one.text("response_status_code") for one in receipts} <= {"120", "800"}


async def _fill(customs: Running, count: int) -> None:
    template = Declaration(
        id="", logistics_no="", order_id="", order_no="", seller_id="", seller_hub="my-kul"
    )
    async with customs.service.store.transaction() as tx:
        for start in range(0, count, ROWS_PER_INSERT):
            rows = [_row(template, n) for n in range(start, min(start + ROWS_PER_INSERT, count))]
            await tx.connection.execute(insert(declaration_table), rows)


def _row(template: Declaration, number: int) -> dict[str, Any]:
    one = replace(
        template,
        id=derived_id("dec", "cn-hgh", f"bench-{number}"),
        logistics_no=f"B-{number}",
        order_id=derived_id("ord", "cn-hgh", f"bench-{number}"),
        order_no=f"B-{number}",
        seller_id=derived_id("mbr", "my-kul", f"bench-{number % 100}"),
    )
    return {
        "id": one.id,
        "logistics_no": one.logistics_no,
        "order_id": one.order_id,
        "seller_id": one.seller_id,
        "marketplace_id": "",
        "status": one.status.value,
        "version": one.version,
        "body": to_json(one),
    }


def _cpu_s(once: Callable[[], None], times: int) -> float:
    once()
    start = time.process_time()
    for _ in range(times):
        once()
    return time.process_time() - start


async def _cpu_ms(once: Callable[[], Awaitable[None]]) -> float:
    start = time.process_time()
    await once()
    return (time.process_time() - start) * 1_000
