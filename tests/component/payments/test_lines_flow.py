"""An order whose lines travel in parcels of their own: each line's money goes its own way."""

from datetime import timedelta

import pytest

from shared.contracts.event import Event
from shared.contracts.payments.events import PaymentRefunded, ProceedsReleased
from tests.builders.running import Running
from tests.component.payments.story import (
    MY,
    ORDER,
    authorise,
    balance,
    check,
    cny,
    declaration_released,
    declaration_sent_back,
    order_of_three,
    parcel_booked,
    parcel_delivered,
    tick,
)

PAID = {"amount_minor": 11910, "currency": "CNY"}
BOOKED = [parcel_booked(f"KV-{no}", lines=(no,)) for no in (1, 2, 3)]
FIRST_ARRIVED = [parcel_delivered("KV-1"), declaration_released("KV-1", tax=cny(303))]
SECOND_HOME = declaration_sent_back("KV-2")
THIRD_ARRIVED = [parcel_delivered("KV-3"), declaration_released("KV-3", tax=cny(303))]


@pytest.fixture
async def paid(buyers: Running) -> Running:
    """The order of three lines, in escrow."""
    await buyers.hear(order_of_three(), key=ORDER)
    payment = (await authorise(buyers, amount=PAID)).json()
    await buyers.post(f"/v1/payments/{payment['id']}/capture", {})
    return buyers


async def hear(at: Running, *events: Event) -> None:
    for event in events:
        booked = event.wire_name.startswith("logistics.parcel-booked")
        await at.hear(event, key=ORDER, origin=MY if booked else None, times=2)


async def lines(at: Running) -> list[tuple[str, int]]:
    story = (await at.http.get(f"/v1/orders/{ORDER}/money")).json()
    return [(line["state"], line["refunded"]["amount_minor"]) for line in story["lines"]]


class TestAnOrderOfThreeLines:
    @pytest.mark.parametrize(
        "news",
        [
            [*BOOKED, *FIRST_ARRIVED, SECOND_HOME],
            [SECOND_HOME, *FIRST_ARRIVED, *reversed(BOOKED)],
        ],
        ids=["as-it-happened", "booked-last"],
    )
    async def test_releases_one_returns_one_and_holds_one(
        self, paid: Running, news: list[Event]
    ) -> None:
        await hear(paid, *news)
        states = await lines(paid)
        (part,) = await paid.said(ProceedsReleased)
        held = await balance(paid, f"escrow:{ORDER}")

        await hear(paid, *THIRD_ARRIVED)
        await tick(paid)
        await tick(paid)

        assert [state for state, _ in states] == ["released", "given-back", "held"]
        assert (part.lines, part.amount.amount_minor) == ((1,), 3666 - 167)
        assert 3668 <= held <= 3668 + 910 - 303
        (refunded,) = await paid.said(PaymentRefunded)
        assert (refunded.amount.amount_minor, refunded.reason) == (states[1][1], "inspection-700")
        last = (await paid.said(ProceedsReleased))[-1]
        assert last.lines is None
        assert await balance(paid, f"escrow:{ORDER}") == 0
        assert await balance(paid, "fees") == 333
        assert await paid.quarantined() == []
        assert [state for state, _ in await lines(paid)] == ["released", "given-back", "released"]
        await check(paid)

    async def test_gives_back_the_line_that_nobody_brings(self, paid: Running) -> None:
        await hear(paid, *BOOKED[:2], *FIRST_ARRIVED)
        await hear(paid, parcel_delivered("KV-2"), declaration_released("KV-2", tax=cny(303)))
        paid.clock.move(timedelta(days=200))
        paid.http.headers.update(
            paid.office.headers("payments:read", "payments:write", "hub:operate")
        )

        for _ in range(3):
            await tick(paid)

        (refunded,) = await paid.said(PaymentRefunded)
        assert refunded.reason == "not-delivered"
        assert [state for state, _ in await lines(paid)] == ["released", "released", "given-back"]
        assert await balance(paid, f"escrow:{ORDER}") == 0
        await check(paid)

    async def test_is_refunded_line_by_line_on_request(self, paid: Running) -> None:
        story = (await paid.http.get(f"/v1/orders/{ORDER}/money")).json()
        ask = {"payment_id": story["payments"][0]["id"], "reason": "damaged"}

        whole = await paid.post("/v1/refunds", {**ask, "lines": [2]})
        again = await paid.post("/v1/refunds", {**ask, "lines": [2]})
        unknown = await paid.post("/v1/refunds", {**ask, "lines": [4]})

        assert whole.json()["amount"] == {"amount_minor": 3969, "currency": "CNY"}
        assert (again.status_code, again.json()["code"]) == (422, "payments.refund-exceeds-line")
        assert (unknown.status_code, unknown.json()["code"]) == (422, "payments.line-not-known")
        assert await lines(paid) == [("held", 0), ("held", 3969), ("held", 0)]
