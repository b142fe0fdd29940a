"""Step 16 of the scenario: 30 stands, 10.40 each; one comes back. And drawbacks in Malaysia."""

from datetime import timedelta
from typing import Any

from shared.contracts.customs.events import RebateClawedBack, RebateEvidenced
from shared.contracts.payments.events import RebateClaimed, RebatePaid, RebateRepaid
from shared.kernel.ids import derived_id
from tests.builders.running import Running
from tests.component.payments.story import CN, NOON, SELLER, balance, check, cny, tick

CASE = derived_id("rbt", CN, "stands")


def evidenced(**changes: Any) -> RebateEvidenced:
    values: dict[str, Any] = {
        "case_id": CASE,
        "scheme": "cn-export-rebate",
        "seller_id": SELLER,
        "declaration_id": derived_id("dcl", CN, "1"),
        "amount": cny(31_200),
        "evidence": ("invoice", "declaration"),
        "claim_by": NOON + timedelta(days=200),
        "evidenced_at": NOON,
    }
    return RebateEvidenced(**{**values, **changes})


def clawed_back(minor: int = 1_040) -> RebateClawedBack:
    return RebateClawedBack(
        case_id=CASE,
        scheme="cn-export-rebate",
        seller_id=SELLER,
        amount=cny(minor),
        reason="goods-returned",
        at=NOON,
    )


async def claim(at: Running) -> dict[str, Any]:
    reply = await at.post("/v1/rebate-claims", {"case_id": CASE})
    return {"status": reply.status_code, **reply.json()}


class TestRebate:
    async def test_is_paid_once_and_what_comes_back_is_repaid(self, buyers: Running) -> None:
        await buyers.hear(evidenced(), key=CASE, times=2)
        first = await claim(buyers)
        second = await claim(buyers)
        await tick(buyers)
        await tick(buyers)

        await buyers.hear(clawed_back(), key=CASE, times=2)
        await tick(buyers)
        now = (await buyers.http.get(f"/v1/rebate-claims/{CASE}")).json()

        assert (first["status"], first["state"]) == (201, "claimed")
        assert (second["status"], second["code"]) == (409, "payments.rebate-state")
        assert await balance(buyers, f"seller:{SELLER}:available") == 31_200 - 1_040
        assert await balance(buyers, "bank:simulated") == 31_200 - 1_040
        assert (now["state"], now["owed_back"]["amount_minor"]) == ("paid", 0)
        assert [e.amount.amount_minor for e in await buyers.said(RebateClaimed)] == [31_200]
        assert [e.amount.amount_minor for e in await buyers.said(RebatePaid)] == [31_200]
        assert [e.amount.amount_minor for e in await buyers.said(RebateRepaid)] == [1_040]
        await check(buyers)

    async def test_is_smaller_when_goods_come_back_before_it_is_paid(self, buyers: Running) -> None:
        await buyers.hear(evidenced(), key=CASE)
        await claim(buyers)

        await buyers.hear(clawed_back(), key=CASE)
        await tick(buyers)

        assert await balance(buyers, f"seller:{SELLER}:available") == 31_200 - 1_040
        assert await buyers.said(RebateRepaid) == []
        await check(buyers)

    async def test_is_not_clawed_back_for_more_than_it_was(self, buyers: Running) -> None:
        await buyers.hear(evidenced(), key=CASE)
        await claim(buyers)
        await tick(buyers)

        await buyers.hear(clawed_back(31_201), key=CASE)

        ((_, detail),) = await buyers.quarantined()
        assert "more is clawed back than was given" in detail

    async def test_is_owed_by_a_seller_that_has_spent_it(self, buyers: Running) -> None:
        await buyers.hear(evidenced(), key=CASE)
        await claim(buyers)
        await tick(buyers)
        body = {
            "seller_id": SELLER,
            "amount": {"amount_minor": 31_200, "currency": "CNY"},
            "beneficiary": "ICBKCNBJ 1",
        }
        await buyers.post("/v1/payouts", body)

        await buyers.hear(clawed_back(), key=CASE)

        assert await balance(buyers, f"seller_receivable:{SELLER}") == 1_040

    async def test_is_claimed_by_its_last_day_or_never(self, buyers: Running) -> None:
        await buyers.hear(evidenced(claim_by=NOON - timedelta(seconds=1)), key=CASE)

        late = await claim(buyers)
        await tick(buyers)
        lapsed = (await buyers.http.get(f"/v1/rebate-claims/{CASE}")).json()

        assert (late["status"], late["code"]) == (422, "payments.claim-too-late")
        assert lapsed["state"] == "lapsed"

    async def test_may_be_financed_once_it_is_claimed(self, buyers: Running) -> None:
        """The claim credits the cap on which an advance draws."""
        await buyers.hear(evidenced(), key=CASE)
        before = await balance(buyers, f"financeable:{CASE}")
        await claim(buyers)

        assert (before, await balance(buyers, f"financeable:{CASE}")) == (0, 31_200)
