"""What is wrong with a request is said where it is, and HEAD is answered where GET is."""

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query
from pydantic import BaseModel

from shared.web import problems
from shared.web.door import DoorRoute
from shared.web.heads import Heads

router = APIRouter(route_class=DoorRoute)


async def page(limit: Annotated[int, Query()] = 20) -> int:
    return limit


@router.get("/v1/orders")
async def orders(
    size: Annotated[int, Depends(page)], order_no: Annotated[str, Query(alias="no")] = ""
) -> dict[str, object]:
    return {"limit": size, "no": order_no}


@router.get("/v1/currencies")
async def currencies() -> list[str]:
    return ["CNY", "MYR"]


class Line(BaseModel):
    price: int


class Sale(BaseModel):
    lines: list[Line]


@router.post("/v1/sales/{place}")
async def sell(place: int, sale: Sale, if_match: Annotated[int, Header()] = 0) -> None:
    """Nothing is sold."""


async def asked(url: str, method: str = "GET", **sent: Any) -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Heads)
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
        return await http.request(method, url, **sent)


class TestQuery:
    async def test_takes_what_the_route_and_what_it_depends_on_name(self) -> None:
        reply = await asked("/v1/orders?limit=5&no=7")

        assert reply.json() == {"limit": 5, "no": "7"}

    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("/v1/orders?limt=5", "the query here takes limit, no"),
            ("/v1/orders?order_no=7", "the query here takes limit, no"),
            ("/v1/orders?limit=5&%3Cscript%3E", "the query here takes limit, no"),
            ("/v1/currencies?limit=5", "there are no parameters here"),
        ],
    )
    async def test_with_anything_else_is_refused_and_told_what_there_is(
        self, url: str, told: str
    ) -> None:
        reply = await asked(url)

        assert reply.status_code == 400
        body = reply.json()
        assert (body["code"], body["field"], body["detail"]) == ("parameter-unknown", "query", told)


class TestHead:
    async def test_is_get_without_the_body(self) -> None:
        get, head = await asked("/v1/currencies"), await asked("/v1/currencies", "HEAD")

        assert (head.status_code, head.content) == (200, b"")
        assert head.headers == get.headers

    async def test_of_what_cannot_be_got_is_refused_as_get_is(self) -> None:
        assert (await asked("/v1/none", "HEAD")).status_code == 404


class TestPlaces:
    @pytest.mark.parametrize(
        ("url", "sent", "field"),
        [
            ("/v1/sales/1", {"lines": [{"price": 1}, {"price": "dear"}]}, "lines[1].price"),
            ("/v1/sales/1", {}, "lines"),
            ("/v1/sales/1", [], "body"),
            ("/v1/sales/here", {"lines": []}, "path.place"),
            ("/v1/orders?limit=many", None, "query.limit"),
        ],
    )
    async def test_are_spelled_as_the_rules_spell_them(
        self, url: str, sent: object, field: str
    ) -> None:
        reply = await asked(url, "GET" if sent is None else "POST", json=sent)

        body = reply.json()
        assert (body["code"], body["field"]) == ("request-invalid", field)
        assert body["errors"][0]["field"] == field
