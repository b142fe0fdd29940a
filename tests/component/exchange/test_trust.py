"""Peers' keys come from their signed documents: rotated, revoked and kept while a peer is away."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from deploy.identity import Identity
from services.exchange.domain.keys import SigningKey
from services.exchange.store.tables import incoming, peer_document
from tests.builders.running import NOON
from tests.component.exchange.hubs import (
    CN,
    ORDERS,
    Hub,
    Wire,
    introduced,
    say_cancelled,
    signs_with,
)

HOUR = timedelta(hours=1)


async def position(hub: Hub) -> int:
    return next((row["seq"] for row in await hub.rows(incoming) if row["stream"] == ORDERS), 0)


class TestDocuments:
    async def test_let_frames_cross_between_hubs_that_only_pinned_roots(
        self, rooted: tuple[Hub, Hub, Wire]
    ) -> None:
        cn, my, _ = await introduced(rooted)
        await say_cancelled(cn, 1)
        assert await my.pull()
        assert (await my.hashes("destination"))[ORDERS] == (await cn.hashes("origin"))[ORDERS]

    async def test_nothing_is_asked_or_refused_before_the_first_one_is_here(
        self, rooted: tuple[Hub, Hub, Wire]
    ) -> None:
        cn, my, _ = rooted
        await say_cancelled(cn, 1)
        with pytest.raises(Exception, match="no document of cn-hgh"):
            await my.link.hear()
        assert await my.rows(incoming) == []

    async def test_outlive_a_restart_and_the_peers_absence(
        self, rooted: tuple[Hub, Hub, Wire]
    ) -> None:
        cn, my, wire = await introduced(rooted)
        ring = my.puller.taker.peer.ring
        ring.replace([])
        wire.is_cut = True
        assert await my.ask_document() is False
        my.documents.trust._versions.clear()
        await my.documents.trust.load()
        assert len(ring) == 1
        wire.is_cut = False
        await say_cancelled(cn, 1)
        assert await my.pull()

    async def test_forged_ones_change_nothing(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity], tmp_path: Path
    ) -> None:
        _, my, _ = await introduced(rooted)
        forger = Identity.in_folder(CN, tmp_path / "forger")
        forger.found(now=NOON)
        forger.rotate(now=NOON)
        identities[CN].document.write_bytes(forger.document.read_bytes())
        before = await my.rows(peer_document)
        assert await my.ask_document() is False
        assert await my.rows(peer_document) == before

    async def test_go_back_to_no_older_version(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        _, my, _ = rooted
        first = identities[CN].document.read_bytes()
        identities[CN].rotate(now=NOON)
        assert await my.ask_document()
        identities[CN].document.write_bytes(first)
        assert await my.ask_document() is False
        assert len(my.puller.taker.peer.ring) == 2

    async def test_are_shown_as_the_root_signed_them(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        cn, _, _ = rooted
        reply = await cn.http.get("/.well-known/eroad")
        assert reply.content == identities[CN].document.read_bytes()
        identities[CN].document.unlink()
        missing: httpx.Response = await cn.http.get("/.well-known/eroad")
        assert (missing.status_code, missing.json()["code"]) == (404, "exchange.document-missing")


class TestRotation:
    async def test_loses_nothing_and_takes_both_keys_meanwhile(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        cn, my, _ = await introduced(rooted)
        await say_cancelled(cn, 1)
        identities[CN].rotate(now=NOON)
        await say_cancelled(cn, 2)
        signs_with(cn, identities[CN])
        await say_cancelled(cn, 3)
        await my.pull()
        assert await position(my) == 2
        assert await my.stop_reason(ORDERS) == "unknown-key"
        assert await my.ask_document()
        assert await my.pull()
        assert (await position(my), await my.stop_reason(ORDERS)) == (3, None)


class TestRevocation:
    async def test_refuses_frames_and_requests_of_the_stolen_key(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        cn, my, _ = await introduced(rooted)
        await say_cancelled(cn, 1)
        await my.pull()
        stolen = SigningKey.from_pem(identities[CN].signing.read_bytes())
        identities[CN].revoke(stolen.kid, now=NOON)
        await say_cancelled(cn, 2)
        assert await my.ask_document()
        assert not await my.pull()
        assert await my.stop_reason(ORDERS) == "revoked-key"
        with pytest.raises(Exception, match="answers 401"):
            await cn.puller.pull()

    async def test_reaches_a_process_that_never_asks_itself(
        self, rooted: tuple[Hub, Hub, Wire], identities: dict[str, Identity]
    ) -> None:
        cn, my, _ = await introduced(rooted)
        await cn.puller.pull()
        kid = SigningKey.from_pem(identities[CN].signing.read_bytes()).kid
        identities[CN].revoke(kid, now=NOON)
        async with my.store.transaction() as tx:
            await tx.documents.keep(CN, 3, identities[CN].document.read_bytes(), now=tx.now)
        my.store.clock.move(timedelta(seconds=11))  # type: ignore[attr-defined]
        with pytest.raises(Exception, match="answers 401"):
            await cn.puller.pull()
