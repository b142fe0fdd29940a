"""Step 7 of the scenario over HTTP, and two hundred requests for one limit at one moment."""

import asyncio
from dataclasses import replace
from typing import Any

from services.payments.domain.advance import Pledge
from services.payments.domain.finance import AdjustPledge, DisburseAdvance
from services.payments.domain.outcome import Cause, Instruction
from shared.contracts.payments.events import (
    AdvanceDisbursed,
    AdvanceRepaid,
    PaymentCaptured,
    PaymentRefunded,
)
from shared.kernel.ids import derived_id
from tests.builders.running import Running
from tests.component.payments.story import (
    CN,
    MY,
    NOON,
    SELLER,
    balance,
    check,
    cny,
    order_placed,
    proceeds_released,
)
from tests.unit.payments.test_finance import an_advance

GROUPS = ((90, 5_800, 7_637), (20, 11_600, 14_401), (8, 36_800, 45_058), (1, 548_000, 708_510))


def captured(order_id: str, paid: int) -> PaymentCaptured:
    return PaymentCaptured(
        payment_id=derived_id("pay", CN, order_id),
        pay_transaction_id="P1",
        order_id=order_id,
        order_no="TASIK",
        amount=cny(paid),
        captured_at=NOON,
    )


def refunded(order_id: str, paid: int) -> PaymentRefunded:
    return PaymentRefunded(
        payment_id=derived_id("pay", CN, order_id),
        order_id=order_id,
        order_no="TASIK",
        amount=cny(paid),
        reason="blocked",
    )


async def hear_the_orders(at: Running) -> None:
    """119 orders, paid at the buyers' hub; A-017 and A-042 are blocked and refunded."""
    numbers = [(goods, paid) for count, goods, paid in GROUPS for _ in range(count)]
    for n, (goods, paid) in enumerate(numbers):
        order = derived_id("ord", CN, str(n))
        placed = order_placed(order_id=order, order_no=f"TASIK-{n}", goods=cny(goods))
        said = [placed, captured(order, paid)]
        if n in (17, 42):
            said.append(refunded(order, paid))
        if n % 2:  # The two streams of a peer have no order between them.
            said.reverse()
        for event in said:
            await at.hear(event, key=order, origin=CN)


def wish(**changes: Any) -> dict[str, Any]:
    return {
        "seller_id": SELLER,
        "currency": "MYR",
        "escrow_currency": "CNY",
        "consents_to": "credit-scoring",
        **changes,
    }


class TestAdvance:
    async def test_gives_the_scenarios_figures_and_is_repaid(self, sellers: Running) -> None:
        await hear_the_orders(sellers)

        offer = await sellers.post("/v1/advances", wish())
        assert offer.status_code == 201, offer.text
        told = offer.json()
        paid = await sellers.post(f"/v1/advances/{told['id']}/accept")
        again = await sellers.post("/v1/advances", wish())

        assert told["escrowed_goods"]["amount_minor"] == 1_584_800
        assert told["advanced"]["amount_minor"] == 950_880
        assert told["principal"]["amount_minor"] == 580_037
        assert told["fee"]["amount_minor"] == 5_220
        assert (told["orders"], len(told["reasons"])) == (117, 4)
        assert (paid.status_code, paid.json()["state"]) == (200, "disbursed")
        assert again.json()["code"] == "payments.advance-declined"
        assert len(await sellers.said(AdvanceDisbursed)) == 1
        assert await balance(sellers, f"seller:{SELLER}:available", "MYR") == 580_037
        await self.exchange(sellers)
        assert await balance(sellers, f"seller:{SELLER}:available", "MYR") == 580_037 + 414_119
        assert [e.amount.amount_minor for e in await sellers.said(AdvanceRepaid)] == [585_257]
        await check(sellers)

    async def exchange(self, at: Running) -> None:
        """16,432.50 CNY arrive and are exchanged: 10,023.83 less 30.07 is 9,993.76 MYR."""
        await at.hear(proceeds_released(amount=cny(1_643_250)), origin=CN)
        body = {
            "seller_id": SELLER,
            "amount": {"amount_minor": 1_643_250, "currency": "CNY"},
            "currency": "MYR",
        }
        quote = (await at.post("/v1/quotes", body)).json()
        assert (quote["target"]["amount_minor"], quote["fee"]["amount_minor"]) == (1_002_383, 3_007)
        taken = await at.post(f"/v1/quotes/{quote['id']}/accept")
        assert taken.status_code == 200, taken.text

    async def test_needs_the_sellers_consent(self, sellers: Running) -> None:
        reply = await sellers.post("/v1/advances", wish(consents_to="marketing"))

        assert reply.status_code == 422

    async def test_is_declined_without_orders_in_escrow(self, sellers: Running) -> None:
        reply = await sellers.post("/v1/advances", wish())

        assert (reply.status_code, reply.json()["code"]) == (422, "payments.advance-declined")


class TestLimit:
    async def test_holds_under_two_hundred_requests_at_one_moment(self, sellers: Running) -> None:
        """Each advance is 1,000.00 and stands on an order of its own; the limit has room for 7."""
        state = sellers.service.app.state
        advances = []
        for n in range(200):
            order = derived_id("ord", CN, f"limit {n}")
            advances.append(
                an_advance(
                    f"limit {n}",
                    principal_minor=99_000,
                    fee_minor=1_000,
                    limit_minor=750_000,
                    pledges=(Pledge(order, 200_000),),
                )
            )
        async with sellers.service.store.transaction() as tx:
            for advance in advances:
                await tx.finance.add(replace(advance, offered_at=tx.now))
        cause = Cause("test", "test")
        for advance in advances:
            (pledged,) = advance.pledges
            command = AdjustPledge(
                id=derived_id("cmd", MY, "pledge", pledged.order_id),
                order_id=pledged.order_id,
                currency="CNY",
                change_minor=pledged.minor,
            )
            state.desk.put(Instruction(command, cause))

        outcomes = await asyncio.gather(
            *(
                state.desk.post(
                    Instruction(
                        DisburseAdvance(
                            id=derived_id("cmd", MY, "disburse", advance.id),
                            advance_id=advance.id,
                            seller_id=SELLER,
                            currency="MYR",
                            collateral_currency="CNY",
                            pledges=advance.pledges,
                        ),
                        cause,
                    )
                )
                for advance in advances
            )
        )

        codes = [outcome.code for outcome in outcomes]
        assert codes.count("accepted") == 7
        assert codes.count("payments.cap-exceeded") == 193
        assert await balance(sellers, f"exposure:{SELLER}", "MYR") == 700_000
        await check(sellers)
