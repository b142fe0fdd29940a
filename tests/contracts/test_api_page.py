"""The pages on which people read what a hub can be asked: whole, with nobody else's help."""

from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.contracts.openapi import openapi_documents
from deploy.hub.front import front_app
from deploy.hub.plan import HubPlan, found
from deploy.hub.run import build_hub
from shared.kernel.clock import SystemClock
from shared.web.api_page import api_page

LOADED = {"src", "action", "data", "poster"}
"""What makes a browser ask somebody; a link asks nobody before it is followed."""


class Read(HTMLParser):
    """What a page holds: its tags, its names, its links, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.names: set[str] = set()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.names.add(value or "")
            elif name == "href" and tag == "a":
                self.links.add(value or "")
            elif name in LOADED or name == "href":
                self.loads.add(value or "")


@pytest.fixture(scope="module")
def documents() -> Mapping[str, dict[str, Any]]:
    return openapi_documents()


class TestApiPage:
    def test_tells_every_door_and_every_schema(
        self, documents: Mapping[str, dict[str, Any]]
    ) -> None:
        for service, document in documents.items():
            page = api_page({**document, "servers": [{"url": f"/{service}"}]})
            read = Read(page)

            assert set(document["components"]["schemas"]) <= read.names
            for path in document["paths"]:
                assert f"<code>/{service}{path}</code>" in page

    def test_leads_nowhere_else_and_loads_nothing(
        self, documents: Mapping[str, dict[str, Any]]
    ) -> None:
        for document in documents.values():
            read = Read(api_page(document))

            within = {link[1:] for link in read.links if link.startswith("#")}
            assert within <= read.names
            assert read.links - {f"#{name}" for name in within} == {"openapi.json", "readyz"}
            assert read.loads == set()
            assert not read.tags & {"script", "link", "img", "iframe"}

    def test_shows_text_as_text(self) -> None:
        schema = {"type": "string", "pattern": "^<script>$", "description": "<b>`a<b`"}
        document = {
            "info": {"title": "<x>", "version": "1"},
            "paths": {},
            "components": {"schemas": {"Odd": {"properties": {"<i>": schema}}}},
        }

        page = api_page(document)

        assert not Read(page).tags & {"script", "x", "i"}
        assert "<code>a&lt;b</code>" in page


class TestHub:
    async def test_serves_the_pages_where_its_front_says(self, tmp_path: Path) -> None:
        plan = HubPlan(hub="my-kul", folder=str(tmp_path), port=1, peers={})
        found([plan], now=SystemClock().now())
        app: Any = build_hub(plan, clock=SystemClock()).app
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://hub"
        ) as http:
            front = Read((await http.get("/")).text)
            pages = {link: await http.get(link) for link in front.links if link.endswith("/docs")}

        assert len(pages) == 7
        for link, reply in pages.items():
            assert reply.status_code == 200
            assert reply.headers["content-security-policy"].startswith("default-src 'none'")
            assert f"<code>{link.removesuffix('docs')}v1/" in reply.text

    async def test_answers_as_everybody_where_nothing_is(self, tmp_path: Path) -> None:
        app = front_app(HubPlan(hub="my-kul", folder=str(tmp_path), port=1, peers={}), {})
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://hub"
        ) as http:
            reply = await http.get("/nowhere")
            icon = await http.get("/favicon.ico")

        assert (reply.status_code, reply.json()["code"]) == (404, "not-found")
        assert reply.headers["content-type"] == "application/problem+json"
        assert icon.status_code == 204
