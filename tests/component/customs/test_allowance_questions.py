"""Does it fit the buyer's year? One bit, logged without the person, and not asked without end."""

from datetime import timedelta
from typing import Any

import httpx

from services.customs.usecases.ask_allowance import QUESTIONS_PER_HOUR_MAX
from tests.builders.customs_events import BUYER_ID, ORIGIN, Parcel
from tests.builders.running import Running
from tests.component.customs.test_buyer import recorded

DOOR = "/v1/allowance-questions"


async def ask(customs: Running, amount_minor: int, currency: str = "CNY") -> httpx.Response:
    body = {"id_number": BUYER_ID, "amount_minor": amount_minor, "currency": currency}
    return await customs.post(DOOR, body)


async def logged(customs: Running) -> list[dict[str, Any]]:
    reply = await customs.http.get(DOOR, params={"limit": 100})
    assert BUYER_ID not in reply.text
    return reply.json()["items"]  # type: ignore[no-any-return]


class TestAnswer:
    async def test_is_one_bit_at_exactly_the_limit(self, destination: Running) -> None:
        await recorded(destination, 2_500_000)
        exactly = await ask(destination, 100_000)
        one_fen_more = await ask(destination, 100_001)

        assert (exactly.status_code, exactly.json()) == (201, {"fits": True})
        assert one_fen_more.json() == {"fits": False}

    async def test_is_logged_with_the_asker_and_without_the_person(
        self, destination: Running
    ) -> None:
        await ask(destination, 100)
        (one,) = await logged(destination)

        assert set(one) == {"id", "asker", "asked_at", "order_id", "fits"}
        assert (one["asker"].startswith("mbr_"), one["order_id"], one["fits"]) == (True, None, True)

    async def test_to_another_hub_is_logged_with_hub_and_order(self, destination: Running) -> None:
        parcel = Parcel("A-017")
        await recorded(destination, 2_596_000)
        await destination.hear(parcel.placed(), times=2)
        (one,) = await logged(destination)

        assert (one["asker"], one["order_id"], one["fits"]) == (ORIGIN, parcel.order_id, False)

    async def test_is_none_in_another_currency(self, destination: Running) -> None:
        reply = await ask(destination, 100, "MYR")

        assert (reply.status_code, reply.json()["code"]) == (422, "customs.no-annual-limit")
        assert await logged(destination) == []

    async def test_is_none_where_no_year_is_limited(self, origin: Running) -> None:
        assert (await ask(origin, 100, "MYR")).json()["code"] == "customs.no-annual-limit"


class TestLimit:
    async def test_answers_429_until_the_hour_is_over(self, destination: Running) -> None:
        for _ in range(QUESTIONS_PER_HOUR_MAX):
            assert (await ask(destination, 100)).status_code == 201
            destination.wait(timedelta(seconds=60))
        reply = await ask(destination, 100)
        wait_s = int(reply.headers["Retry-After"])
        destination.wait(timedelta(seconds=wait_s - 1))
        too_soon = await ask(destination, 100)
        destination.wait(timedelta(seconds=1))
        in_time = await ask(destination, 100)

        assert (reply.status_code, wait_s) == (429, 30 * 60)
        assert reply.json()["code"] == "customs.allowance-questions-too-many"
        assert (too_soon.status_code, in_time.status_code) == (429, 201)
        assert len(await logged(destination)) == QUESTIONS_PER_HOUR_MAX + 1
