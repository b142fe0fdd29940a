"""Malaysia's low-value goods: tax is held from the order on, due quarterly, and equal to the sen.

The hub at Port Klang is the buyers' hub here. Customs says each parcel's bill; the return is the
sum of those bills, and the ledger must say the same before anything is paid.
"""

import random
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.customs.events import ReturnAccepted
from shared.contracts.orders.events import ReturnedLine, ReturnReceived
from shared.kernel.ids import derived_id
from tests.builders.running import Running
from tests.component.payments.conftest import running_payments
from tests.component.payments.story import (
    CN,
    MARKETPLACE,
    MY,
    authorise,
    check,
    declaration_released,
    myr,
    order_placed,
)

ORDERS = 24
RATE = 10
"""Sales tax on low-value goods in percent of the goods alone, without freight (M2)."""
QUARTER_ENDS = datetime(2026, 10, 1, tzinfo=timezone(timedelta(hours=8)))
"""By the days of Kuala Lumpur."""


@pytest.fixture
async def klang(database_url: str, tmp_path: Path) -> AsyncIterator[Running]:
    """payments at my-kul as the buyers' hub: sellers are in China."""
    async with running_payments(database_url, tmp_path, hub=MY, peer=CN) as service:
        yield service


async def paid_and_cleared(at: Running, n: int, *, goods: int, cleared_at: datetime) -> int:
    """Let one order be paid and its parcel be released by customs; return its tax in sen."""
    order, tax = derived_id("ord", MY, f"lvg {n}"), goods * RATE // 100
    placed = order_placed(
        order_id=order,
        order_no=f"LVG-{n}",
        marketplace_id=MARKETPLACE,
        seller_id=derived_id("mbr", CN, "seller"),
        seller_hub=CN,
        buyer_hub=MY,
        goods=myr(goods),
        freight=myr(500),
        tax=myr(tax),
        discount=myr(0),
        paid=myr(goods + 500 + tax),
    )
    await at.hear(placed, key=order)
    amount = {"amount_minor": goods + 500 + tax, "currency": "MYR"}
    payment = await authorise(at, order_id=order, amount=amount, pay_transaction_id=f"P{n}")
    captured = await at.post(f"/v1/payments/{payment.json()['id']}/capture", {})
    assert captured.status_code == 200, captured.text
    bill = declaration_released(
        f"LVG{n:011}",
        order_id=order,
        order_no=f"LVG-{n}",
        tax=myr(tax),
        tax_bill_no=f"B-{n}",
        released_at=cleared_at,
    )
    await at.hear(bill, key=order, times=2)
    return tax


async def sent_back(at: Running, n: int, *, goods: int, tax: int) -> None:
    """Let the goods of an order come back in time: customs gives its tax back."""
    named: dict[str, Any] = {
        "return_id": derived_id("ret", MY, str(n)),
        "order_id": derived_id("ord", MY, f"lvg {n}"),
        "order_no": f"LVG-{n}",
        "logistics_no": f"LVG{n:011}",
    }
    received = ReturnReceived(
        **named,
        seller_id=derived_id("mbr", CN, "seller"),
        seller_hub=CN,
        lines=(ReturnedLine(line_no=1, quantity=1),),
        condition="original",
        received_at=at.clock.now(),
        goods_refund=myr(goods),
    )
    accepted = ReturnAccepted(
        **named, tax_returned=myr(tax), allowance_returned=myr(0), decided_at=at.clock.now()
    )
    await at.hear(accepted, key="r", times=2)
    await at.hear(received, key="r", times=2)


async def the_return(at: Running, period: str) -> dict[str, Any]:
    reply = await at.http.get(f"/v1/tax-returns/MY-LVG/{period}")
    (told,) = reply.json()["returns"]
    return dict(told)


class TestQuarter:
    async def test_equals_the_ledger_to_the_sen_and_is_paid_by_the_end_of_the_next_month(
        self, klang: Running
    ) -> None:
        draw = random.Random(2026)
        due: dict[str, int] = defaultdict(int)
        for n in range(ORDERS):
            goods = draw.randrange(101, 50_000)
            is_next = draw.random() < 0.4
            moment = QUARTER_ENDS + timedelta(microseconds=0 if is_next else -1)
            tax = await paid_and_cleared(klang, n, goods=goods, cleared_at=moment)
            if n % 5 == 0:
                await sent_back(klang, n, goods=goods, tax=tax)
                tax = 0
            due["2026-Q4" if is_next else "2026-Q3"] += tax

        told = {period: await the_return(klang, period) for period in due}

        for period, one in told.items():
            assert one["is_equal"], period
            assert one["bills_total"]["amount_minor"] == due[period]
            ledger = await klang.http.get(f"/v1/accounts/tax_payable:MY-LVG:{period}")
            (balance,) = ledger.json()["balances"]
            assert (balance["currency"], balance["balance"]) == ("MYR", due[period])
        assert told["2026-Q3"]["due_by"] == "2026-11-01T00:00:00Z"
        assert await klang.quarantined() == []

        remitted = await klang.post("/v1/tax-returns/MY-LVG/2026-Q3/remit", {"currency": "MYR"})

        assert remitted.json()["remitted"]["amount_minor"] == due["2026-Q3"]
        assert (await the_return(klang, "2026-Q3"))["is_equal"]
        left = await klang.http.get("/v1/accounts/tax_payable:MY-LVG:2026-Q3")
        assert [each["balance"] for each in left.json()["balances"]] == [0]
        await check(klang)
