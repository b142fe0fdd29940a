"""Another hub's operator can tell a hub that keeps to the rules from one that doesn't."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import update

from deploy.conformance import REPORT, Kit, report_of
from deploy.identity import Identity
from services.exchange.domain.frame import Frame, pack, unpack
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import read_pinned
from services.exchange.store.tables import evidence_tree
from tests.builders.running import NOON
from tests.component.exchange.hubs import CN, MY, Hub, Wire, introduced, say_cancelled

Hubs = tuple[Hub, Hub, Wire]
Answer = Callable[[httpx.Request, httpx.Response], httpx.Response]


class Lying(httpx.AsyncBaseTransport):
    """The way to a hub, on which a test may change the answers."""

    def __init__(self, app: object, answer: Answer) -> None:
        self._app = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self._app.handle_async_request(request)
        content = await reply.aread()
        whole = httpx.Response(reply.status_code, headers=reply.headers, content=content)
        return self._answer(request, whole)


def honest(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
    return reply


@asynccontextmanager
async def a_kit(
    hub: Hub, identities: dict[str, Identity], answer: Answer = honest
) -> AsyncIterator[Kit]:
    mine = identities[MY]
    root = read_pinned(mine.anchors.read_bytes())[CN].root
    assert root is not None
    async with httpx.AsyncClient(transport=Lying(hub.service.app, answer)) as http:
        yield Kit(
            url=f"http://{CN}",
            hub=CN,
            root=root,
            asking=MY,
            key=SigningKey.from_pem(mine.signing.read_bytes()),
            http=http,
            now=lambda: NOON,
            is_training=True,
        )


async def failed(kit: Kit) -> dict[str, str]:
    return {check.name: check.says for check in await kit.run() if not check.passed}


@pytest.fixture
async def cn(rooted: Hubs) -> Hub:
    """cn-hgh, with three frames towards my-kul and an evidence log."""
    cn, my, _ = await introduced(rooted)
    for number in (1, 2, 3):
        await say_cancelled(cn, number)
    await my.pull()
    while await cn.recorder.record():
        pass
    return cn


class TestConformance:
    async def test_a_hub_of_ours_keeps_to_every_rule(
        self, cn: Hub, identities: dict[str, Identity]
    ) -> None:
        async with a_kit(cn, identities) as kit:
            checks = await kit.run()

        assert {check.name: check.says for check in checks if not check.passed} == {}
        said = {check.name: check.says for check in checks}
        assert said["frames-signed-dense-and-chained"] == "3 records in 3 frames of 1 streams"
        assert said["refuses-a-receipt-for-nothing"] == "never-sent"
        assert said["evidence-log-only-grows"] == "6 entries"
        assert len(checks) == 12

    async def test_tells_a_hub_whose_clock_may_be_moved(
        self, cn: Hub, identities: dict[str, Identity]
    ) -> None:
        async with a_kit(cn, identities) as kit:
            kit.is_training = False
            assert await failed(kit) == {"refuses-an-old-request": "it answers 200"}

    async def test_changes_nothing(self, cn: Hub, identities: dict[str, Identity]) -> None:
        before = await cn.bytes_at_rest()
        async with a_kit(cn, identities) as kit:
            await kit.run()

        assert await cn.bytes_at_rest() == before

    async def test_its_report_is_signed(self, cn: Hub, identities: dict[str, Identity]) -> None:
        async with a_kit(cn, identities) as kit:
            report = report_of(kit, await kit.run())

        payload = base64.b64decode(report["payload"])
        [signature] = report["signatures"]
        [key] = identities[MY].read().ring_keys()
        assert signature["keyid"] == key.kid
        assert key.verifies(REPORT, payload, base64.b64decode(signature["sig"]))
        said = json.loads(payload)
        assert (said["hub"], said["asked_by"], said["conforms"]) == (CN, MY, True)


def of(path: str, change: Answer) -> Answer:
    """An answer that is changed for one path only."""
    return lambda request, reply: change(request, reply) if request.url.path == path else reply


def frames_as(change: Callable[[list[Frame]], list[Frame]]) -> Answer:
    def changed(_: httpx.Request, reply: httpx.Response) -> httpx.Response:
        if reply.status_code != 200:
            return reply
        frames = change(unpack(reply.content, frames_max=500))
        return httpx.Response(200, content=b"".join(pack(frame) for frame in frames))

    return changed


def flipped(frames: list[Frame]) -> list[Frame]:
    return [Frame(f.header, bytes(64), f.value) for f in frames]


WRONG: dict[str, tuple[Answer, set[str]]] = {
    "a hub that loses a frame": (
        of("/v1/feed", frames_as(lambda frames: frames[:1] + frames[2:])),
        {"frames-signed-dense-and-chained"},
    ),
    "a hub that does not sign": (
        of("/v1/feed", frames_as(flipped)),
        {"frames-signed-dense-and-chained"},
    ),
    "a hub that shows other frames by range": (
        of("/v1/frames", frames_as(lambda frames: frames[1:])),
        {"frames-again-byte-for-byte"},
    ),
    "a hub that lets everybody in": (
        of("/v1/feed", lambda _, reply: httpx.Response(200) if reply.status_code == 401 else reply),
        {
            "refuses-an-unsigned-request",
            "refuses-a-request-to-another-hub",
            "refuses-a-changed-request",
        },
    ),
    "a hub that takes any receipt": (
        of("/v1/receipts", lambda *_: httpx.Response(200, json={"taken": 1, "refused": []})),
        {"refuses-a-receipt-for-nothing"},
    ),
    "a hub that breaks at nonsense": (
        of(
            "/v1/feed",
            lambda _, reply: httpx.Response(500) if reply.status_code in (400, 422) else reply,
        ),
        {"refuses-nonsense"},
    ),
    "a hub whose document another signed": (
        of(
            "/.well-known/eroad",
            lambda _, reply: httpx.Response(
                200, content=reply.content.replace(b'"sig":"', b'"sig":"AAAA', 1)
            ),
        ),
        {
            "document-signed-by-its-root",
            "frames-signed-dense-and-chained",
            "evidence-log-only-grows",
        },
    ),
}


class TestWrongHub:
    @pytest.mark.parametrize("kind", WRONG)
    async def test_is_told(self, cn: Hub, identities: dict[str, Identity], kind: str) -> None:
        answer, rules = WRONG[kind]
        async with a_kit(cn, identities, answer) as kit:
            assert set(await failed(kit)) == rules

    async def test_that_changed_its_log_is_told(
        self, cn: Hub, identities: dict[str, Identity]
    ) -> None:
        async with cn.store.transaction() as tx:
            await tx.connection.execute(update(evidence_tree).values(signature=bytes(64)))

        async with a_kit(cn, identities) as kit:
            assert await failed(kit) == {"evidence-log-only-grows": "wrong-signature"}
