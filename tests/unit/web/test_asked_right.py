"""A query that a route does not know is refused, and HEAD is answered where GET is."""

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query

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


async def asked(url: str, method: str = "GET") -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Heads)
    app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
        return await http.request(method, url)


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
