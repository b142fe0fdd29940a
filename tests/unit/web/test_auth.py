"""Whose token is let in, how often its signature is checked, and how soon a revoked one is not."""

from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from fastapi import Depends, FastAPI

from shared.kernel.clock import FixedClock
from shared.kernel.errors import Unavailable
from shared.kernel.ids import derived_id
from shared.web import auth, problems
from shared.web.auth import (
    REFRESH_S,
    STALE_S_MAX,
    Caller,
    TokenInvalid,
    TokenVerifier,
    requires,
)
from shared.web.rates import Rates
from tests.builders.tokens import JWKS_URL, TokenOffice

HUB = "my-kul"


class Gate:
    """A hub's verifier, the office whose keys it asks for, and a line that can be cut."""

    def __init__(self) -> None:
        self.clock = FixedClock(datetime(2026, 3, 1, 9, tzinfo=UTC))
        self.office = TokenOffice(HUB, self.clock)
        self.is_cut = False
        self.verifier = TokenVerifier(
            hub=HUB,
            jwks_url=JWKS_URL,
            client=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            clock=self.clock,
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.is_cut:
            raise httpx.ConnectError("cut")
        return self.office.transport().handle_request(request)

    async def lets_in(self, token: str) -> bool:
        try:
            await self.verifier.principal(token)
        except TokenInvalid:
            return False
        return True


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature was checked, one by one."""
    seen: list[str] = []
    decode = jwt.decode

    def counting(token: str, *args: object, **options: object) -> object:
        seen.append(token)
        return decode(token, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(jwt, "decode", counting)
    return seen


class TestVerifier:
    async def test_names_client_member_kind_and_scopes(self, gate: Gate) -> None:
        token = gate.office.token("orders:read", "orders:write", kind="agent")

        principal = await gate.verifier.principal(token)

        assert principal.client_id == derived_id("cli", HUB, "a client")
        assert principal.member_id == derived_id("mbr", HUB, "a member")
        assert principal.kind == "agent"
        assert principal.scopes == {"orders:read", "orders:write"}

    async def test_checks_a_signature_once_per_key_set(
        self, gate: Gate, decoded: list[str]
    ) -> None:
        token = gate.office.token("orders:read")

        for _ in range(3):
            assert await gate.lets_in(token)
        assert decoded == [token]

        gate.clock.move(timedelta(seconds=REFRESH_S))
        assert await gate.lets_in(token)
        assert decoded == [token, token]

    async def test_refuses_a_token_that_was_let_in_once_it_has_expired(self, gate: Gate) -> None:
        token = gate.office.token("orders:read")
        assert await gate.lets_in(token)

        gate.is_cut = True  # so that the key set, and what was checked by it, stays
        gate.clock.move(timedelta(seconds=REFRESH_S) / 2)
        assert await gate.lets_in(token)
        gate.clock.move(timedelta(minutes=30))

        assert not await gate.lets_in(token)

    async def test_refuses_a_revoked_client_within_a_minute(self, gate: Gate) -> None:
        token = gate.office.token("orders:read")
        assert await gate.lets_in(token)

        gate.office.revoked.append(derived_id("cli", HUB, "a client"))
        gate.clock.move(timedelta(seconds=REFRESH_S))

        assert not await gate.lets_in(token)

    async def test_refuses_a_token_of_a_key_that_is_gone(self, gate: Gate) -> None:
        old = gate.office.token("orders:read")
        assert await gate.lets_in(old)

        gate.office = TokenOffice(HUB, gate.clock)
        gate.clock.move(timedelta(seconds=REFRESH_S))

        assert not await gate.lets_in(old)
        assert await gate.lets_in(gate.office.token("orders:read"))

    async def test_asks_at_once_for_a_key_it_does_not_know(self, gate: Gate) -> None:
        assert await gate.lets_in(gate.office.token("orders:read"))

        gate.office = TokenOffice(HUB, gate.clock)

        assert await gate.lets_in(gate.office.token("orders:read"))

    async def test_refuses_other_hubs_other_keys_and_what_is_no_token(self, gate: Gate) -> None:
        stranger = TokenOffice(HUB, gate.clock)
        good = gate.office.token("orders:read")

        assert not await gate.lets_in(gate.office.token("orders:read", audience="cn-hgh"))
        assert not await gate.lets_in(stranger.token("orders:read"))
        assert not await gate.lets_in(good[:-4] + "AAAA")
        assert not await gate.lets_in("no token")

    async def test_goes_on_with_the_last_keys_for_an_hour(self, gate: Gate) -> None:
        assert await gate.lets_in(gate.office.token("orders:read"))
        gate.is_cut = True

        gate.clock.move(timedelta(seconds=STALE_S_MAX))
        assert await gate.lets_in(gate.office.token("orders:read"))

        gate.clock.move(timedelta(seconds=1))
        with pytest.raises(Unavailable):
            await gate.verifier.principal(gate.office.token("orders:read"))

    async def test_keeps_a_bounded_number_of_checked_tokens(
        self, gate: Gate, decoded: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(auth, "TOKENS_KEPT_MAX", 2)
        tokens = [gate.office.token("orders:read", client_id=f"cli_{n}") for n in range(3)]

        for token in (*tokens, tokens[0]):
            assert await gate.lets_in(token)

        assert decoded == [*tokens, tokens[0]]


@pytest.fixture
def shop(gate: Gate) -> FastAPI:
    """An app with a route for anyone known, and one that needs a scope and names the caller."""
    app = FastAPI()
    problems.install(app)
    app.state.verifier = gate.verifier
    app.state.request_rates = Rates(100, now=lambda: 0.0)

    @app.get("/known")
    async def known(caller: Caller) -> str:
        return caller.client_id

    @app.get("/orders", dependencies=[Depends(requires("orders:read", "hub:operate"))])
    async def orders(caller: Caller) -> str:
        return caller.client_id

    @app.get("/left")
    async def left() -> int:
        """What the client "a" may still ask, once this question is counted."""
        return int(app.state.request_rates.take("a").left)

    return app


async def asked(shop: FastAPI, path: str, token: str = "") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(shop)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        return await http.get(path, headers=headers)


class TestRoute:
    async def test_lets_in_who_has_one_of_the_scopes(self, gate: Gate, shop: FastAPI) -> None:
        for scope, status in {"orders:read": 200, "hub:operate": 200, "orders:write": 403}.items():
            reply = await asked(shop, "/orders", gate.office.token(scope))

            assert reply.status_code == status
            if status == 403:
                assert reply.json()["code"] == "scope-missing"
                assert "orders:read or hub:operate" in reply.json()["detail"]

    async def test_refuses_who_is_not_known_whatever_it_asks(self, shop: FastAPI) -> None:
        for path in ("/known", "/orders"):
            reply = await asked(shop, path)

            assert (reply.status_code, reply.json()["code"]) == (401, "token-invalid")

    async def test_takes_nobody_for_the_caller_before(self, gate: Gate, shop: FastAPI) -> None:
        tokens = [gate.office.token("orders:read", client_id=each) for each in ("a", "b")]

        told = [(await asked(shop, "/orders", token)).json() for token in (*tokens, "")]

        assert told[:2] == ["a", "b"]
        assert told[2]["code"] == "token-invalid"

    async def test_counts_a_request_once_however_often_its_caller_is_asked(
        self, gate: Gate, shop: FastAPI
    ) -> None:
        token = gate.office.token("orders:read", client_id="a")

        assert (await asked(shop, "/orders", token)).status_code == 200

        assert (await asked(shop, "/left")).json() == 98
