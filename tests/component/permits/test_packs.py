"""Packs travel: published at home, believed at the peer when every check passes, kept for good."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.permits.domain.pack_document import sign_pack
from services.permits.domain.signing import DocumentKey
from services.permits.service import create_service
from services.permits.settings import PermitsSettings
from services.permits.usecases.give_guidance import rules_now
from shared.contracts.permits.events import GuidanceSuperseded, PackPublished
from shared.packs.loader import load_packs
from tests.builders.packs import (
    a_version,
    prohibited_from,
    publication,
    publish_at_peer,
    without_coffee,
)
from tests.builders.running import Running, running
from tests.builders.tokens import new_key_pem
from tests.component.permits.conftest import CN_KEY, CN_PEM
from tests.component.permits.test_guidance import COFFEE, advice_on, asked
from tests.real import Postgres


async def tick(permits: Running, name: str) -> None:
    """Let one timer's work happen, as the worker would."""
    timer = next(each for each in permits.service.timers if each.work.__name__ == name)
    async with permits.service.store.transaction() as tx:
        await timer.work(tx)


async def refusals(permits: Running) -> list[str]:
    reply = await permits.http.get("/v1/packs/refused")
    return [one["reason"] for one in reply.json()["items"]]


async def held(permits: Running) -> set[tuple[str, str]]:
    items = (await permits.http.get("/v1/packs")).json()["items"]
    return {(one["version"], one["hub"]) for one in items if one["country"] == "CN"}


class TestPublishing:
    async def test_says_the_shipped_pack_once(self, permits: Running) -> None:
        for _ in range(3):
            await tick(permits, "publish_own_pack")

        [event] = await permits.said(PackPublished)
        own = load_packs().of("MY")
        assert (event.country, event.content_hash) == ("MY", own.digest)
        reply = await permits.http.get(f"/v1/packs/{own.digest}")
        assert reply.json()["document"] == event.document

    async def test_takes_a_new_version_from_the_operator(self, permits: Running) -> None:
        newer = a_version("MY", "2027.01")

        reply = await permits.post("/v1/packs", {"pack": dict(newer.document)})

        assert (reply.status_code, reply.json()["content_hash"]) == (201, newer.digest)
        assert [event.version for event in await permits.said(PackPublished)] == ["2027.01"]

    async def test_refuses_faulty_and_foreign_packs(self, permits: Running) -> None:
        faulty = a_version("MY", "2027.01", key="paper.form-e", needs=["nothing-known"])
        bad = [(faulty, "packs.malformed"), (a_version("CN", "2027.01"), "permits.pack-foreign")]
        for pack, code in bad:
            reply = await permits.post("/v1/packs", {"pack": dict(pack.document)})

            assert (reply.status_code, reply.json()["code"]) == (422, code), reply.text
        assert await permits.said(PackPublished) == []

    async def test_cuts_a_large_document_into_parts(
        self, permits: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.permits.usecases.publish_pack.PART_LENGTH", 5_000)

        await tick(permits, "publish_own_pack")

        events = await permits.said(PackPublished)
        assert [event.part for event in events] == list(range(1, len(events) + 1))
        assert {event.parts for event in events} == {len(events)}
        assert len(events) > 1


class TestKeeping:
    async def test_answers_by_what_the_destination_published(self, permits: Running) -> None:
        before = await advice_on(permits, COFFEE)
        await publish_at_peer(permits, without_coffee())
        after = await advice_on(permits, COFFEE)

        assert (before["verdict"], after["verdict"]) == ("allowed", "blocked")
        assert after["pack_hashes"]["CN"] == without_coffee().digest

    async def test_holds_every_version(self, permits: Running) -> None:
        for version in ("2026.10", "2026.11"):
            await publish_at_peer(permits, without_coffee(version))
            await publish_at_peer(permits, without_coffee(version))

        assert await held(permits) == {("2026.10", "cn-hgh"), ("2026.11", "cn-hgh")}

    async def test_joins_parts_in_whatever_order_they_come(self, permits: Running) -> None:
        pack = without_coffee()
        document = sign_pack(CN_KEY, pack, hub="cn-hgh")
        texts = [document[:9_000], document[9_000:12_000], document[12_000:]]
        parts = [
            publication(pack, text, part=number, parts=3)
            for number, text in enumerate(texts, start=1)
        ]

        for event in (parts[2], parts[0], parts[2]):
            await permits.hear(event, origin="cn-hgh", times=2)
        assert await held(permits) == set()
        await permits.hear(parts[1], origin="cn-hgh")

        assert await held(permits) == {("2026.10", "cn-hgh")}

    async def test_refuses_what_does_not_check(self, permits: Running) -> None:
        stranger = DocumentKey.from_pem(new_key_pem())
        good = without_coffee()
        document = sign_pack(CN_KEY, good, hub="cn-hgh")
        faulty = a_version("CN", "2026.12", key="paper.entry-inspection", needs=["unknown"])
        other = a_version("CN", "2026.13")
        events = {
            "key": publication(good, sign_pack(stranger, good, hub="cn-hgh")),
            "signature": publication(good, document[:-6] + "AAAAAA"),
            "lint": publication(faulty, sign_pack(CN_KEY, faulty, hub="cn-hgh")),
            "owner": publication(
                load_packs().of("MY"), sign_pack(CN_KEY, load_packs().of("MY"), hub="cn-hgh")
            ),
            "issuer": publication(good, sign_pack(CN_KEY, good, hub="my-kul")),
            "hash": publication(other, document),
        }
        for check, event in events.items():
            await permits.hear(event, origin="cn-hgh")

            assert (await refusals(permits))[0].startswith(f"{check}:"), check
        assert await held(permits) == set()
        assert (await advice_on(permits, COFFEE))["verdict"] == "allowed"


class TestAskers:
    async def test_hear_that_a_rule_changed(self, permits: Running) -> None:
        given = await asked(permits, COFFEE)
        await tick(permits, "tell")
        await publish_at_peer(permits, without_coffee())
        for _ in range(2):
            await tick(permits, "tell")

        [event] = await permits.said(GuidanceSuperseded)
        assert event.answer_id == given["answer_id"]
        assert "verdict allowed -> blocked" in event.reason
        replayed = (await permits.http.get(f"/v1/guidance/{given['answer_id']}")).json()
        assert replayed["superseded_because"] == event.reason

    async def test_hear_nothing_when_their_answer_stands(self, permits: Running) -> None:
        await asked(permits, {**COFFEE, "hs_code": "0508000000", "product": "coral"})
        await publish_at_peer(permits, without_coffee())
        await tick(permits, "tell")

        assert await permits.said(GuidanceSuperseded) == []

    async def test_hear_when_a_dated_rule_comes_into_force(self, permits: Running) -> None:
        await publish_at_peer(permits, prohibited_from("2026-09-03"))
        await asked(permits, COFFEE)
        await asked(permits, {**COFFEE, "on": "2026-08-01"})
        for _ in range(2):
            await tick(permits, "tell")
            assert await permits.said(GuidanceSuperseded) == []
            permits.clock.move(timedelta(days=1))
        await tick(permits, "tell")

        [event] = await permits.said(GuidanceSuperseded)
        assert "verdict allowed -> blocked" in event.reason

    async def test_are_asked_again_once_a_day(self, permits: Running) -> None:
        await asked(permits, COFFEE)
        shelf, book = permits.service.app.state.shelf, permits.service.app.state.book
        async with permits.service.store.reading() as tx:
            mark = await rules_now(tx, shelf, book.day_of(tx.now))
            assert await tx.answers.to_check(checked_under=mark, limit=10) == []
            assert len(await tx.answers.to_check(checked_under="tomorrow", limit=10)) == 1


@pytest.fixture
def other_database(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Iterator[str]:
    """Address of the other hub's database, of the same kind as this hub's."""
    if database_url.startswith("sqlite"):
        yield f"sqlite+aiosqlite:///{tmp_path}/other.db"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = f"test_{uuid4().hex}"
    yield postgres.url(name)
    postgres.drop(name)


class TestTwoHubs:
    @pytest.mark.parametrize("is_known", [True, False])
    async def test_believe_each_other_over_the_road(
        self, permits: Running, other_database: str, tmp_path: Path, *, is_known: bool
    ) -> None:
        """What one service says is what the other hears, byte for byte."""
        settings: dict[str, Any] = {"signing_key": CN_PEM if is_known else new_key_pem()}
        async with running(
            create_service,
            PermitsSettings,
            database_url=other_database,
            directory=tmp_path / "cn",
            hub="cn-hgh",
            peers=["my-kul"],
            **settings,
        ) as peer:
            await tick(peer, "publish_own_pack")
            for envelope in await peer.envelopes():
                for _ in range(2):
                    await permits.deliver(envelope)

        if is_known:
            assert (await held(permits), await refusals(permits)) == (
                {(load_packs().of("CN").version, "cn-hgh")},
                [],
            )
        else:
            assert await held(permits) == set()
            [reason] = await refusals(permits)
            assert reason.startswith("key:")
