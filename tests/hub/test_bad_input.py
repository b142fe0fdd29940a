"""What nobody should send: each mistake has its own answer, and leaves no trace behind.

One row per mistake. The answer's code is what other programs rely on, so it never changes; after
each one the databases of the service asked hold exactly as many rows as before.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import func, select

from deploy.scenario.hub_client import HubClient
from deploy.scenario.order import StoryOrder
from services.exchange.domain.frame import Frame
from services.exchange.domain.receive import Gap, Refused
from tests.builders.eroad import a_key, received, resigned, some_frames
from tests.builders.hubs import Mesh
from tests.builders.journey import ABROAD, HOME, Journey

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("journeys")]

LATER = timedelta(hours=2)
ORDERS = 40
BOOKKEEPING = {"outbox", "outbox_dead", "inbox", "position", "quarantine"}
HEARD = {"heard_order"}
"""What only events fill: those of earlier orders may still come while a request is refused."""


@dataclass(frozen=True)
class Mistake:
    """One way to be wrong, in an order that is otherwise right, and its answer."""

    what: str
    change: dict[str, Any] | str
    status: int
    code: str
    field: str | None = None


def cny(amount: Any) -> dict[str, Any]:
    return {"amount_minor": amount, "currency": "CNY"}


IN_NO_CURRENCY = {
    f"{amount}.currency": "QQQ"
    for amount in (
        *("goods", "freight", "tax", "discount", "paid"),
        *("lines.0.unit_price", "lines.0.total_price"),
    )
}
ORDER_MISTAKES = (
    Mistake("malformed JSON", '{"platform_code": "TASIK', 400, "json-malformed"),
    Mistake("a name twice", '{"tax": 1, "tax": 2}', 400, "json-malformed"),
    Mistake("unknown field", {"colour": "red"}, 422, "request-invalid", "colour"),
    Mistake("GTIN check digit", {"lines.0.gtin": "9556000000011"}, 422, "code-invalid"),
    Mistake("no such currency", IN_NO_CURRENCY, 422, "currency-unknown", "paid"),
    Mistake("another currency", {"tax.currency": "MYR"}, 422, "orders.currencies-differ"),
    Mistake("negative amount", {"goods": cny(-58_00)}, 422, "orders.amount-negative"),
    Mistake("fractional minor units", {"goods": cny(58.5)}, 422, "request-invalid"),
    Mistake("an amount as text", {"goods": cny("58.00")}, 422, "request-invalid"),
    Mistake("sum does not add up", {"paid": cny(76_38)}, 422, "orders.amounts-do-not-add-up"),
)


def altered(body: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The body with some of its members replaced, named by dotted paths."""
    result: dict[str, Any] = json.loads(json.dumps(body))
    for path, value in change.items():
        *way, last = path.split(".")
        place: Any = result
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = value
    return result


async def rows(mesh: Mesh, hub: str, service: str) -> dict[str, int]:
    """How many rows each table of a service's own has."""
    store = mesh.hubs[hub].services[service].store
    counts = {}
    async with store.database.reading() as connection:
        for name, table in store.metadata.tables.items():
            if name not in BOOKKEEPING | HEARD:
                query = select(func.count()).select_from(table)
                counts[name] = int(await connection.scalar(query) or 0)
    return counts


async def token_of(client: HubClient) -> str:
    """The client's own token."""
    await client.get("/orders/v1/orders?limit=1")
    return client._token


class Shop:
    """A marketplace with one order on its way to a hub, and what it hears back."""

    def __init__(self, journey: Journey, order: StoryOrder, token: str) -> None:
        self.mesh = journey.mesh
        self.cast = journey.cast
        self.token = token
        self.url = self.mesh.plans[ABROAD].url
        self.order_no = order.order_no
        self.order = journey.out.order_body(order)

    async def sends(
        self, body: dict[str, Any] | str, *, token: str = "", key: str = "a-key"
    ) -> tuple[int, dict[str, Any]]:
        """POST an order; return the status and the answer."""
        reply = await self.mesh.http.post(
            f"{self.url}/orders/v1/orders",
            content=body if isinstance(body, str) else json.dumps(body),
            headers={
                "Authorization": f"Bearer {token or self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"{self.order_no}-{key}",
            },
        )
        return reply.status_code, reply.json()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def journey(mesh: Mesh) -> Journey:
    """Everybody has joined; each test takes an order that no other test has touched."""
    joined = Journey(mesh, name="bad", orders=ORDERS)
    await joined.cast.register()
    return joined


@pytest_asyncio.fixture(loop_scope="session")
async def shop(journey: Journey) -> Shop:
    order = journey.orders.pop()
    order.tax_minor = 6_37
    return Shop(journey, order, await token_of(journey.cast.marketplace))


class TestOrders:
    @pytest.mark.parametrize("mistake", ORDER_MISTAKES, ids=lambda mistake: mistake.what)
    async def test_refuses_each_mistake_by_its_own_code(self, shop: Shop, mistake: Mistake) -> None:
        wrong = (
            mistake.change
            if isinstance(mistake.change, str)
            else altered(shop.order, mistake.change)
        )
        before = await rows(shop.mesh, ABROAD, "orders")

        status, problem = await shop.sends(wrong)

        assert (status, problem["code"]) == (mistake.status, mistake.code), problem
        assert mistake.field is None or problem["field"] == mistake.field
        assert await rows(shop.mesh, ABROAD, "orders") == before
        assert (await shop.sends(shop.order))[0] == 201  # the same order, right, is taken

    @pytest.mark.parametrize("said", ["", "text/plain", "application/xml", "text/json; charset=x"])
    async def test_refuses_a_body_that_does_not_say_it_is_json(self, shop: Shop, said: str) -> None:
        headers = {"Authorization": f"Bearer {shop.token}", "Idempotency-Key": f"a-{said[:9]}"}
        reply = await shop.mesh.http.post(
            f"{shop.url}/orders/v1/orders",
            content=json.dumps(shop.order),
            headers=headers | ({"Content-Type": said} if said else {}),
        )

        assert (reply.status_code, reply.json()["code"]) == (415, "media-type-unsupported")
        assert reply.json()["field"] == "Content-Type"
        assert "application/json" in reply.json()["help"]

    async def test_refuses_an_order_number_that_was_used(self, shop: Shop) -> None:
        assert (await shop.sends(shop.order))[0] == 201
        before = await rows(shop.mesh, ABROAD, "orders")

        again, same = await shop.sends(shop.order)
        status, problem = await shop.sends(shop.order, key="another-key")

        assert again == 201
        assert same["order_no"] == shop.order_no
        assert (status, problem["code"]) == (409, "orders.order-exists")
        assert await rows(shop.mesh, ABROAD, "orders") == before


def expired(shop: Shop, token: str) -> str:
    """The same claims, signed by the hub's own key, of two hours ago."""
    pem = (shop.mesh.plans[ABROAD].path / "keys" / "token.pem").read_bytes()
    claims = jwt.decode(token, options={"verify_signature": False})
    for name in ("iat", "exp"):
        claims[name] -= int(LATER.total_seconds())
    header = jwt.get_unverified_header(token)
    key: Any = load_pem_private_key(pem, password=None)
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": header["kid"]})


def edited(shop: Shop, token: str) -> str:
    head, claims, signature = token.split(".")
    return ".".join((head, claims[:-2] + ("AA" if claims[-2:] != "AA" else "BB"), signature))


def unsigned(shop: Shop, token: str) -> str:
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(claims, "", algorithm="none")


class TestTokens:
    @pytest.mark.parametrize("wrong", [expired, edited, unsigned])
    async def test_refuses_what_is_not_valid_now(
        self, shop: Shop, wrong: Callable[[Shop, str], str]
    ) -> None:
        before = await rows(shop.mesh, ABROAD, "orders")

        status, problem = await shop.sends(shop.order, token=wrong(shop, shop.token))

        assert (status, problem["code"]) == (401, "token-invalid")
        assert await rows(shop.mesh, ABROAD, "orders") == before

    async def test_refuses_another_hubs_token(self, shop: Shop) -> None:
        foreign = await token_of(shop.cast.operators[HOME])

        status, problem = await shop.sends(shop.order, token=foreign)

        assert (status, problem["code"]) == (401, "token-invalid")

    async def test_refuses_a_scope_that_was_not_given(self, shop: Shop) -> None:
        carrier = await token_of_carrier(shop)

        status, problem = await shop.sends(shop.order, token=carrier)

        assert (status, problem["code"]) == (403, "scope-missing")


async def token_of_carrier(shop: Shop) -> str:
    """A good token of this hub whose owner may not place orders."""
    carrier = shop.cast.carrier
    await carrier.get("/logistics/v1/inbound-consolidations?limit=1")
    return carrier._token


class TestIdentifiers:
    async def test_refuses_a_wrong_credit_code(self, mesh: Mesh) -> None:
        body = {
            "kind": "seller",
            "name": "Hangzhou Stands",
            "country": "CN",
            "identifiers": {"uscc": "91110000600037341M"},  # its check character is L
        }
        before = await rows(mesh, ABROAD, "members")

        refused = await mesh.operators[ABROAD].post("/members/v1/members", body, accept=(422,))

        assert (refused["code"], refused["scheme"]) == ("code-invalid", "USCC")
        assert await rows(mesh, ABROAD, "members") == before

    async def test_refuses_a_wrong_container_number(self, mesh: Mesh, journey: Journey) -> None:
        body = journey.out.unit_body() | {
            "mode": "sea",
            "master_waybill": "MAEU123456789",
            "unit_no": "CSQU3054384",  # its check digit is 3
        }
        before = await rows(mesh, HOME, "logistics")

        refused = await journey.cast.forwarder.post(
            "/logistics/v1/consolidations", body, accept=(422,)
        )

        assert (refused["code"], refused["field"]) == ("code-invalid", "unit_no"), refused
        assert await rows(mesh, HOME, "logistics") == before


MARKS = (
    *("x", "0", "\u00b2", "9" * 30, "-1", "2026-01-01|a|b", "0001-01-01T00:00:00+14:00|a|b"),
    *("a|\u00b2", "a|" + "9" * 30, "settlement|" + "9" * 30 + "|1"),
)
"""What nobody was given to go on with, though it looks like that: numbers, moments, pairs."""
ASKED_TOO = {
    "stream": f"{HOME}/{ABROAD}/orders/0",
    "role": "egress",
    "type": "orders.order-placed.v1",
    "sort": "age",
}


class TestCursors:
    async def test_of_another_make_are_refused_by_every_list(self, mesh: Mesh) -> None:
        headers = {"Authorization": f"Bearer {await token_of(mesh.operators[HOME])}"}
        asked = {}
        for service, running in mesh.hubs[HOME].services.items():
            for path, item in running.app.openapi()["paths"].items():
                names = {one["name"] for one in item.get("get", {}).get("parameters", ())}
                if "cursor" not in names:
                    continue
                for mark in MARKS:
                    cursor = base64.urlsafe_b64encode(mark.encode()).decode()
                    query = {name: ASKED_TOO[name] for name in names & ASKED_TOO.keys()}
                    url = f"/{service}{path}?{urlencode(query | {'cursor': cursor})}"
                    reply = await mesh.http.get(mesh.plans[HOME].url + url, headers=headers)
                    asked[f"{url} {mark}"] = reply.status_code

        assert [url for url, status in asked.items() if status == 500] == []
        assert set(asked.values()) == {200, 422}
        assert len(asked) > 200


EDGES = {
    "day": ("0001-01-01", "9999-12-31"),
    "moment": ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
}
DATED_LISTS = (
    *(("/orders/v1/orders", "placed_from", "moment"), ("/orders/v1/items", "on", "day")),
    ("/orders/v1/orders/export?format=csv", "placed_until", "moment"),
    *(("/customs/v1/risk-seeds", "until", "day"), ("/payments/v1/repatriations", "until", "day")),
    ("/logistics/v1/routes?origin=MYKUL&destination=CNHGH", "ready_at", "moment"),
    ("/exchange/v1/replicas?type=orders.order-placed.v1", "as_of", "moment"),
)


class TestEdgesOfTheCalendar:
    @pytest.mark.parametrize(("door", "name", "kind"), DATED_LISTS)
    async def test_are_refused_where_a_list_asks_for_a_date(
        self, mesh: Mesh, door: str, name: str, kind: str
    ) -> None:
        headers = {"Authorization": f"Bearer {await token_of(mesh.operators[HOME])}"}
        for edge in EDGES[kind]:
            url = f"{mesh.plans[HOME].url}{door}{'&' if '?' in door else '?'}"
            reply = await mesh.http.get(url + urlencode({name: edge}), headers=headers)

            assert (reply.status_code, reply.json()["code"]) == (422, "request-invalid"), edge
            assert reply.json()["field"] == f"query.{name}"

    async def test_are_answered_or_refused_where_guidance_is_asked(self, journey: Journey) -> None:
        question = {"hs_code": "2101120000", "route": "air", "channel": "9610"}
        question |= {"origin": "MY", "destination": "CN"}
        early, late = (question | {"on": edge} for edge in EDGES["day"])
        seller = journey.cast.seller

        answered = await seller.post("/permits/v1/guidance", early)
        refused = await seller.post("/permits/v1/guidance", late, accept=(422,))

        assert answered["advice"]["verdict"] == "no-rule-found"
        assert (refused["code"], refused["field"]) == ("request-invalid", "on")


def tampered(frames: list[Frame]) -> Frame:
    """One byte of one event is another."""
    value = frames[0].value
    return Frame(frames[0].header, frames[0].signature, value[:-1] + bytes([value[-1] ^ 1]))


def forged(frames: list[Frame]) -> Frame:
    """Right in everything, but signed by somebody else."""
    return resigned(frames[0], key=a_key(seed=9))


def turned(frames: list[Frame]) -> Frame:
    """The header of one frame with the events of another."""
    return Frame(frames[0].header, frames[0].signature, frames[1].value)


def too_early(frames: list[Frame]) -> Frame:
    """A good frame whose predecessor has not come."""
    return frames[1]


class TestFrames:
    @pytest.mark.parametrize(
        ("wrong", "check"),
        [
            (tampered, {"malformed", "root-mismatch"}),
            (turned, {"root-mismatch"}),
            (forged, {"unknown-key"}),
        ],
    )
    async def test_names_the_failing_check(
        self, wrong: Callable[[list[Frame]], Frame], check: set[str]
    ) -> None:
        decision = received(wrong(some_frames(2)))

        assert isinstance(decision, Refused)
        assert decision.reason.value in check

    async def test_waits_for_the_frame_that_is_missing(self) -> None:
        decision = received(too_early(some_frames(2)))

        assert isinstance(decision, Gap)
        assert (decision.expected, decision.got) == (1, 4)
