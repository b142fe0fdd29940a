"""The Python client: what it sends again, what it never does, and what it makes of replies."""

import asyncio
from collections.abc import Callable, Iterable

import httpx
import pytest

from shared.client import AsyncHub, Hub, HubRefused, HubUnreachable, StillRunning, asks
from shared.client.hubs import ATTEMPTS_MAX, TOKEN_PATH
from shared.contracts.operations import OperationView
from shared.contracts.orders.api import PlaceOrder
from tests.builders.orders import an_order_body

TOKEN = {"access_token": "t1", "token_type": "Bearer", "expires_in": 600, "scope": ""}
PLACE = PlaceOrder.model_validate(an_order_body())
REFUSAL = {"code": "orders.order-exists", "detail": "was placed", "field": "order_no"}

Answers = Iterable[httpx.Response | Exception]


class FakeHub:
    """Answers the token endpoint, and other requests from a list."""

    def __init__(self, answers: Answers) -> None:
        self.answers = iter(answers)
        self.asked: list[httpx.Request] = []
        self.tokens = 0
        self.waited: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == TOKEN_PATH:
            self.tokens += 1
            return httpx.Response(200, json={**TOKEN, "access_token": f"t{self.tokens}"})
        self.asked.append(request)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> Hub:
        transport = httpx.MockTransport(self)
        return Hub(
            "http://hub",
            "cli",
            "secret",
            transport=transport,
            wait=self.waited.append,
            monotonic=lambda: sum(self.waited),
        )


@pytest.fixture
def placed() -> Callable[[], httpx.Response]:
    body = an_order_body()
    body.pop("buyer")
    view = {
        **body,
        "id": "ord_cn-hgh_01m1edeag0e8n83809018ws3ab",
        "marketplace_id": "mbr_cn-hgh_01m1edeag0e8n83809018ws3ab",
        "buyer_hub": "cn-hgh",
        "state": "placed",
        "version": 1,
        "placed_at": "2026-09-01T12:00:00Z",
        "said_by_a_newer_hub": True,
    }
    return lambda: httpx.Response(201, json=view)


class TestDo:
    def test_sends_the_same_key_until_an_answer_comes(
        self, placed: Callable[[], httpx.Response]
    ) -> None:
        busy = httpx.Response(503, headers={"Retry-After": "7"})
        in_flight = httpx.Response(409, json={"code": "request-in-flight"})
        fake = FakeHub([httpx.ConnectError("gone"), busy, in_flight, placed()])

        order = fake.client().do(asks.place_order(PLACE))

        assert order.state == "placed"
        assert len({request.headers["Idempotency-Key"] for request in fake.asked}) == 1
        assert len(fake.asked) == 4
        assert 0.1 <= fake.waited[0] <= 0.25
        assert fake.waited[1] == 7.0

    def test_draws_a_key_for_each_intention(self, placed: Callable[[], httpx.Response]) -> None:
        fake = FakeHub([placed(), placed()])
        client = fake.client()

        client.do(asks.place_order(PLACE))
        client.do(asks.place_order(PLACE))

        assert len({request.headers["Idempotency-Key"] for request in fake.asked}) == 2

    def test_tells_a_refusal_with_its_code_and_never_repeats_it(self) -> None:
        fake = FakeHub([httpx.Response(409, json=REFUSAL)])

        with pytest.raises(HubRefused) as refused:
            fake.client().do(asks.place_order(PLACE))

        assert (refused.value.status, refused.value.code) == (409, "orders.order-exists")
        assert refused.value.field == "order_no"
        assert len(fake.asked) == 1

    def test_gives_up_after_its_attempts(self) -> None:
        fake = FakeHub(httpx.ReadTimeout("slow") for _ in range(ATTEMPTS_MAX))

        with pytest.raises(HubUnreachable):
            fake.client().do(asks.place_order(PLACE))

        assert len(fake.asked) == ATTEMPTS_MAX

    def test_fetches_a_new_token_when_the_old_one_has_expired(
        self, placed: Callable[[], httpx.Response]
    ) -> None:
        expired = httpx.Response(401, json={"code": "token-invalid"})
        fake = FakeHub([placed(), expired, placed()])
        client = fake.client()

        client.do(asks.place_order(PLACE))
        client.do(asks.place_order(PLACE))

        assert [request.headers["Authorization"][-2:] for request in fake.asked] == [
            "t1",
            "t1",
            "t2",
        ]


class TestEach:
    def test_walks_every_page(self) -> None:
        def entry(number: int) -> dict[str, object]:
            moment = "2026-09-01T12:00:00Z"
            return {
                "sequence": number,
                "kind": "order-placed",
                "hub": "cn-hgh",
                "occurred_at": moment,
                "recorded_at": moment,
            }

        pages = [
            {"items": [entry(1), entry(2)], "next_cursor": "abc"},
            {"items": [entry(3)], "next_cursor": None},
        ]
        fake = FakeHub(httpx.Response(200, json=page) for page in pages)

        found = [entry.sequence for entry in fake.client().each(asks.list_timeline("ord_1"))]

        assert found == [1, 2, 3]
        assert [request.url.params.get("cursor") for request in fake.asked] == [None, "abc"]


def operation(status: str, done: int) -> httpx.Response:
    return httpx.Response(
        200 if done else 202,
        json={
            "id": "opn_cn-hgh_01m1edeag0e8n83809018ws3ab",
            "kind": "orders-import",
            "status": status,
            "lines": 9,
            "done": done,
            "refused": 0,
            "created_at": "2026-09-01T12:00:00Z",
        },
    )


class TestFinished:
    def test_looks_every_second_until_the_work_has_ended(self) -> None:
        answers = [operation("running", 0), operation("running", 5), operation("failed", 7)]
        fake = FakeHub(answers)
        client = fake.client()

        asked = client.do(asks.place_file(b"order_no\n"))
        work = client.finished(asked, within_s=60)

        assert (work.status, work.done) == ("failed", 7)
        assert fake.waited == [1.0, 1.0]
        sent, *looks = fake.asked
        assert sent.headers["Content-Type"] == "text/csv"
        assert sent.headers["Prefer"] == "respond-async"
        assert sent.content == b"order_no\n"
        assert {look.url.path for look in looks} == {f"/orders/v1/operations/{asked.id}"}

    def test_looks_once_more_at_the_deadline_and_gives_up(self) -> None:
        fake = FakeHub(operation("running", done) for done in range(1, 9))
        asked = OperationView.model_validate_json(operation("running", 0).content)

        with pytest.raises(StillRunning, match="has done 3 of 9"):
            fake.client().finished(asked, within_s=2.5)

        assert fake.waited == [1.0, 1.0, 0.5]

    def test_asks_nothing_about_work_that_has_ended(self) -> None:
        fake = FakeHub([])
        ended = OperationView.model_validate_json(operation("succeeded", 9).content)

        assert fake.client().finished(ended, within_s=0) == ended
        assert fake.asked == []

    def test_is_awaited_too(self) -> None:
        fake = FakeHub([operation("succeeded", 9)])
        asked = OperationView.model_validate_json(operation("running", 0).content)

        async def pause(seconds: float) -> None:
            fake.waited.append(seconds)

        async def finish() -> OperationView:
            transport = httpx.MockTransport(fake)
            async with AsyncHub("http://hub", "cli", "s", transport=transport, wait=pause) as hub:
                return await hub.finished(asked, within_s=60)

        assert asyncio.run(finish()).status == "succeeded"
        assert fake.waited == [1.0]
