"""The seller's hub: proceeds from a peer, freight, exchange, payout."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.payments.clients.simulated import RETURNED
from shared.contracts.event import Event
from shared.contracts.payments.events import PayoutReturned, PayoutSent, QuoteTaken
from tests.builders.running import Running
from tests.component.payments.story import (
    CN,
    MY,
    ORDER,
    SELLER,
    balance,
    check,
    cny,
    freight_shared,
    proceeds_reclaimed,
    proceeds_released,
    tick,
)

AVAILABLE = f"seller:{SELLER}:available"


async def quoted(at: Running, minor: int = 1_643_250, **changes: Any) -> httpx.Response:
    body = {
        "seller_id": SELLER,
        "amount": {"amount_minor": minor, "currency": "CNY"},
        "currency": "MYR",
        **changes,
    }
    return await at.post("/v1/quotes", body)


async def accepted(at: Running, quote_id: str, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await at.post(f"/v1/quotes/{quote_id}/accept", headers=headers)


async def paid_out(at: Running, minor: int, **changes: Any) -> httpx.Response:
    body = {
        "seller_id": SELLER,
        "amount": {"amount_minor": minor, "currency": "MYR"},
        "beneficiary": "MBBEMYKL/5123456789",
        **changes,
    }
    return await at.post("/v1/payouts", body)


@pytest.fixture
async def funded(sellers: Running) -> Running:
    """A seller to whom cn-hgh owes 16,432.50 CNY, as in the scenario."""
    await sellers.hear(proceeds_released(amount=cny(1_643_250)), key=ORDER, origin=CN)
    return sellers


class TestProceeds:
    async def test_are_available_to_the_seller_once_however_often_told(
        self, sellers: Running
    ) -> None:
        await sellers.hear(proceeds_released(), key=ORDER, origin=CN, times=3)
        # The same transfer told again in a new event, as after a restore of the peer.
        await sellers.hear(proceeds_released(), key=ORDER, origin=CN)

        assert await balance(sellers, AVAILABLE) == 6710
        assert await balance(sellers, f"due_from_hub:{CN}") == 6710
        await check(sellers)

    @pytest.mark.parametrize("late", [False, True])
    async def test_taken_back_meet_those_received_in_either_order(
        self, sellers: Running, late: bool
    ) -> None:
        events: list[Event] = [proceeds_released(), proceeds_reclaimed()]
        for event in reversed(events) if late else events:
            await sellers.hear(event, key=ORDER, origin=CN, times=2)

        assert await balance(sellers, AVAILABLE) == 910
        assert await balance(sellers, f"seller_receivable:{SELLER}") == 0
        assert await balance(sellers, f"due_from_hub:{CN}") == 910
        await check(sellers)

    async def test_meant_for_another_hub_are_set_aside(self, sellers: Running) -> None:
        await sellers.hear(proceeds_released(creditor_hub="sg-sin"), key=ORDER, origin=CN)

        ((reason, _),) = await sellers.quarantined()
        assert reason == "payments.proceeds-not-ours"
        assert await balance(sellers, AVAILABLE) == 0


class TestFreight:
    async def test_is_owed_by_the_sellers_to_the_sen_and_once(self, sellers: Running) -> None:
        event = freight_shared(1_592, 1_591, 1_591)

        await sellers.hear(event, key=event.consolidation_id, times=2)

        assert await balance(sellers, f"freight:{event.consolidation_id}", "MYR") == 4_774
        assert await balance(sellers, f"seller:{SELLER}:freight", "MYR") == 4_774
        await check(sellers)


class TestQuote:
    async def test_gives_the_scenarios_figures_from_the_better_house(self, funded: Running) -> None:
        quote = (await quoted(funded)).json()

        assert quote["provider"] == "sim-harbour"
        assert quote["is_simulated"] is True
        assert (quote["source"]["amount_minor"], quote["target"]["amount_minor"]) == (
            1_643_250,
            1_002_383,
        )
        assert (quote["fee"]["amount_minor"], quote["net"]["amount_minor"]) == (3_007, 999_376)
        assert quote["mids"][0]["rate"] == "0.6100"

    async def test_once_expired_is_refused_and_a_new_one_is_taken(self, funded: Running) -> None:
        first, second = (await quoted(funded)).json(), None
        funded.clock.move(timedelta(seconds=60))

        late = await accepted(funded, first["id"])
        second = (await quoted(funded)).json()
        taken = await accepted(funded, second["id"])

        assert (late.status_code, late.json()["code"]) == (409, "payments.quote-expired")
        assert (taken.status_code, taken.json()["state"]) == (200, "taken")
        assert await balance(funded, AVAILABLE, "MYR") == 999_376
        assert await balance(funded, "fees", "MYR") == 3_007
        assert await balance(funded, "fx_position", "CNY") == 1_643_250
        assert await balance(funded, "fx_position", "MYR") == -1_002_383
        (said,) = await funded.said(QuoteTaken)
        assert (said.target.amount_minor, said.fee.amount_minor, said.rate) == (
            1_002_383,
            3_007,
            "0.61",
        )
        await check(funded)

    async def test_is_taken_once(self, funded: Running) -> None:
        quote = (await quoted(funded)).json()

        first = await accepted(funded, quote["id"], "k1")
        again = await accepted(funded, quote["id"], "k1")
        other = await accepted(funded, quote["id"], "k2")

        assert again.json() == first.json()
        assert (other.status_code, other.json()["code"]) == (409, "payments.quote-used")
        assert len(await funded.said(QuoteTaken)) == 1

    async def test_expires_in_the_books_too(self, funded: Running) -> None:
        quote = (await quoted(funded)).json()
        funded.clock.move(timedelta(seconds=61))

        await tick(funded)

        read = await funded.http.get(f"/v1/quotes/{quote['id']}")
        assert read.json()["state"] == "expired"

    async def test_of_a_fixed_target_says_what_it_costs(self, funded: Running) -> None:
        body: dict[str, Any] = {
            "fix": "target",
            "amount": {"amount_minor": 1_000, "currency": "MYR"},
        }

        quote = (await quoted(funded, **body, currency="CNY")).json()

        assert (quote["source"]["amount_minor"], quote["source"]["currency"]) == (1_640, "CNY")
        assert quote["target"]["amount_minor"] == 1_000

    async def test_needs_a_rate(self, funded: Running) -> None:
        reply = await quoted(funded, currency="VND")

        assert (reply.status_code, reply.json()["code"]) == (422, "payments.rate-missing")

    async def test_is_for_ones_own_money(self, funded: Running) -> None:
        stranger = funded.office.headers("payments:write", member_id=ORDER)
        funded.http.headers.update(stranger)

        reply = await quoted(funded)

        assert (reply.status_code, reply.json()["code"]) == (403, "payments.not-your-account")


class TestPayout:
    @pytest.fixture
    async def rich(self, funded: Running) -> Running:
        quote = (await quoted(funded)).json()
        await accepted(funded, quote["id"])
        return funded

    async def test_is_sent_once_the_bank_confirms(self, rich: Running) -> None:
        payout = (await paid_out(rich, 999_376)).json()
        on_the_way = await balance(rich, f"transit:{payout['id']}", "MYR")

        await tick(rich)
        await tick(rich)

        read = (await rich.http.get(f"/v1/payouts/{payout['id']}")).json()
        (sent,) = await rich.said(PayoutSent)
        assert on_the_way == 999_376
        assert (read["state"], read["bank_reference"]) == ("sent", sent.bank_reference)
        assert await balance(rich, "bank:simulated", "MYR") == -999_376
        assert await balance(rich, AVAILABLE, "MYR") == 0
        await check(rich)

    async def test_comes_back_when_the_bank_returns_it(self, rich: Running) -> None:
        await paid_out(rich, 999_376, beneficiary=RETURNED)

        await tick(rich)

        (returned,) = await rich.said(PayoutReturned)
        assert returned.reason == "beneficiary-account-closed"
        assert await balance(rich, AVAILABLE, "MYR") == 999_376
        await check(rich)

    async def test_of_more_than_there_is_is_refused_for_ever_under_its_key(
        self, rich: Running
    ) -> None:
        headers = {"Idempotency-Key": "too-much"}
        body = {
            "seller_id": SELLER,
            "amount": {"amount_minor": 999_377, "currency": "MYR"},
            "beneficiary": "MBBEMYKL/5123456789",
        }
        first = await rich.post("/v1/payouts", body, headers=headers)
        bulk = {
            "lines": [
                {
                    "id": f"cmd_{MY}_{'0' * 26}",
                    "ref": "found money",
                    "entries": [
                        {
                            "debit": "bank:simulated",
                            "credit": AVAILABLE,
                            "amount": {"amount_minor": 100, "currency": "MYR"},
                        }
                    ],
                }
            ]
        }
        assert (await rich.post("/v1/transfers/bulk", bulk)).status_code == 200
        again = await rich.post("/v1/payouts", body, headers=headers)

        assert (first.status_code, first.json()["code"]) == (422, "payments.insufficient-funds")
        assert (again.status_code, again.json()["code"]) == (422, "payments.insufficient-funds")
        assert await balance(rich, AVAILABLE, "MYR") == 999_476
