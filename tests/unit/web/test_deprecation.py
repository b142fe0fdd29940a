"""A route that will go says so in every reply and in OpenAPI."""

from datetime import date

import httpx
import pytest
from fastapi import FastAPI

from shared.web.deprecation import deprecated

GOING = deprecated(since=date(2026, 9, 1), sunset=date(2027, 6, 1), instead="/v2/orders")


class TestDeprecated:
    async def test_tells_since_when_until_when_and_what_instead(self) -> None:
        app = FastAPI()

        @app.get("/v1/orders", deprecated=True, dependencies=[GOING])
        async def old() -> dict[str, str]:
            return {}

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://x"
        ) as http:
            reply = await http.get("/v1/orders")

        assert reply.headers["Deprecation"] == "@1788220800"
        assert reply.headers["Sunset"] == "Tue, 01 Jun 2027 00:00:00 GMT"
        assert reply.headers["Link"] == '</v2/orders>; rel="successor-version"'
        assert app.openapi()["paths"]["/v1/orders"]["get"]["deprecated"] is True

    def test_gives_callers_half_a_year(self) -> None:
        with pytest.raises(AssertionError, match="180 days"):
            deprecated(since=date(2026, 9, 1), sunset=date(2026, 12, 1), instead="/v2/orders")
