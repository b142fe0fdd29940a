"""What customs may read of a payment, by whom, and until when."""

from datetime import timedelta
from typing import Any

import httpx

from tests.builders.running import Running
from tests.component.payments.story import ORDER, authorise, captured, order_placed, tick

NUMBER = "P260901000001"
ITEM = {"name": "Kinta Valley coffee", "link": "https://tasik.example/kv-3in1"}


async def read(at: Running, number: str = NUMBER, *scopes: str) -> httpx.Response:
    headers = at.office.headers(*(scopes or ("customs:decide",)))
    path = f"/v1/payment-documents?pay_transaction_id={number}"
    return await at.http.get(path, headers=headers)


async def document(at: Running) -> dict[str, Any]:
    (found,) = (await read(at)).json()["documents"]
    return dict(found)


class TestPaymentDocuments:
    async def test_say_what_message_411_says_and_what_the_provider_said(
        self, buyers: Running
    ) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        await authorise(buyers, items=[ITEM])

        found = await document(buyers)

        assert (found["order_id"], found["payer_name"]) == (ORDER, "Zhang San")
        assert found["amount_paid"] == {"amount_minor": 7637, "currency": "CNY"}
        original = found["original"]
        assert ORDER in original["asked"]
        assert "approved" in original["answered"]
        assert (original["items"], original["missing"]) == ([ITEM], [])

    async def test_name_what_nobody_told_us(self, buyers: Running) -> None:
        await captured(buyers)

        found = await document(buyers)

        assert found["original"]["missing"] == ["items"]
        assert found["paid_at"] is not None

    async def test_are_for_officers_only(self, buyers: Running) -> None:
        await captured(buyers)

        for scope in ("payments:read", "hub:operate", "customs:read"):
            assert (await read(buyers, NUMBER, scope)).status_code == 403
        unknown = await read(buyers, "P0")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "payments.payment-not-known")

    async def test_forget_the_original_when_its_time_is_over(self, buyers: Running) -> None:
        await captured(buyers)
        buyers.clock.move(timedelta(days=3 * 365 - 1))
        await tick(buyers)
        kept = (await document(buyers))["original"]

        buyers.clock.move(timedelta(days=1))
        await tick(buyers)

        assert kept is not None
        assert (await document(buyers))["original"] is None

    async def test_keep_one_original_when_the_same_request_comes_again(
        self, buyers: Running
    ) -> None:
        await buyers.hear(order_placed(), key=ORDER)
        first = await authorise(buyers, "k1")
        at = (await document(buyers))["original"]["answered_at"]
        buyers.clock.move(timedelta(minutes=1))

        again = await authorise(buyers, "k1")

        assert again.json() == first.json()
        assert (await document(buyers))["original"]["answered_at"] == at
