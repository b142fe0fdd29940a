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
from services.exchange.domain.frame import Frame, decode_header, pack, unpack
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import read_pinned
from services.exchange.domain.schema_set import sign_schema_set
from services.exchange.store.tables import evidence_tree
from shared.contracts.published import leaving_schemas
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
        assert len(checks) == 13

    async def test_a_hubs_frames_name_the_set_of_types_that_it_says_it_speaks(
        self, cn: Hub, identities: dict[str, Identity]
    ) -> None:
        async with a_kit(cn, identities) as kit:
            said = {check.name: check.says for check in await kit.run()}

        [named] = {decode_header(frame.header).schema_set for frame in kit.frames}
        assert said["speaks-the-published-types"].endswith(f" types, set {named}")

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
            "speaks-the-published-types",
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


MORE, LESS = "orders.order-placed.v9", "orders.order-placed.v1"


class TestHubOfOtherTypes:
    async def test_is_named_with_each_type_more_less_and_other(
        self, cn: Hub, identities: dict[str, Identity]
    ) -> None:
        changed = "orders.order-cancelled.v1"
        spoken = {**leaving_schemas(), MORE: "0" * 64, changed: "0" * 64}
        del spoken[LESS]
        async with a_kit(cn, identities, speaking(spoken, identities[CN])) as kit:
            checks = await kit.run()
            report = json.loads(base64.b64decode(report_of(kit, checks)["payload"]))

        assert {check.name: check.says for check in checks if not check.passed} == {
            "speaks-the-published-types": f"missing: {LESS}; unknown: {MORE}; other_hash: {changed}"
        }
        assert report["conforms"] is False
        assert report["schemas"] == {"missing": [LESS], "unknown": [MORE], "other_hash": [changed]}

    async def test_conforms_while_it_only_speaks_more(
        self, cn: Hub, identities: dict[str, Identity]
    ) -> None:
        spoken = {**leaving_schemas(), MORE: "0" * 64}
        async with a_kit(cn, identities, speaking(spoken, identities[CN])) as kit:
            checks = {check.name: check for check in await kit.run()}
            report = json.loads(base64.b64decode(report_of(kit, [])["payload"]))

        check = checks["speaks-the-published-types"]
        assert (check.passed, check.says.rpartition("; ")[2]) == (True, f"unknown: {MORE}")
        assert report["schemas"]["unknown"] == [MORE]


def speaking(types: dict[str, str], signer: Identity) -> Answer:
    """A hub that says, signed, that it speaks these types."""
    key = SigningKey.from_pem(signer.signing.read_bytes())
    said = sign_schema_set(types, hub=CN, key=key, now=NOON)
    return of("/.well-known/eroad/schemas", lambda *_: httpx.Response(200, content=said))
