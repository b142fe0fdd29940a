"""Pools are filled, sealed, priced, weighed at the gate, and leave when customs lets them."""

import asyncio
from datetime import timedelta

import pytest

from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.cut_off_pools import cut_off_pools
from shared.contracts.logistics.events import (
    ConsolidationDeparted,
    ConsolidationSealed,
    FreightShared,
)
from tests.builders.logistics import a_parcel, an_id, scenario_parcels
from tests.builders.running import Running
from tests.component.logistics.story import (
    FORWARDER,
    SEALS,
    SELLER,
    STRANGER,
    acting_as,
    ask_to_open,
    booked,
    departed,
    do,
    now_is,
    opened,
    parcel_now,
    released_for_export,
    sealed,
    tell,
)


class TestOpening:
    @pytest.mark.parametrize(
        ("changes", "status", "code"),
        [
            ({"master_waybill": "232-12345674"}, 422, "code-invalid"),
            ({"unit_no": "CSQU3054383"}, 422, "logistics.number-malformed"),
            ({"destination_hub": "my-kul"}, 422, "logistics.lane-elsewhere"),
            ({"destination": "SGSIN"}, 422, "logistics.lane-elsewhere"),
            ({"origin": "CNHGH"}, 422, "logistics.lane-elsewhere"),
            ({"cut_off_at": "2026-09-01T12:00:00Z"}, 422, "logistics.schedule-backwards"),
            ({"departs_at": "2026-09-01T12:30:00Z"}, 422, "logistics.schedule-backwards"),
            ({"cut_off_at": "2026-09-01T13:00:00"}, 422, "request-invalid"),
            ({"price_per_kg": {"amount_minor": -1, "currency": "MYR"}}, 422, "request-invalid"),
            ({"mode": "sea", "unit_no": "CSQU3054383"}, 422, "logistics.number-malformed"),
        ],
    )
    async def test_refuses_what_can_not_travel(
        self, origin: Running, changes: dict[str, object], status: int, code: str
    ) -> None:
        reply = await ask_to_open(origin, **changes)

        assert (reply.status_code, reply.json()["code"]) == (status, code)

    async def test_takes_a_container_by_sea(self, origin: Running) -> None:
        consolidation = await opened(
            origin, mode="sea", unit_no="CSQU3054383", master_waybill="MAEU123456789"
        )

        assert (consolidation["mode"], consolidation["state"]) == ("sea", "open")

    async def test_is_for_forwarders_and_carriers(self, origin: Running) -> None:
        consolidation = await opened(origin)
        path = f"/v1/consolidations/{consolidation['id']}"
        seller, stranger = acting_as(origin, SELLER), acting_as(origin, STRANGER, kind="agent")

        sellers = await origin.post(f"{path}/seal", {"seals": SEALS}, headers=seller)
        strangers = await origin.post(f"{path}/seal", {"seals": SEALS}, headers=stranger)
        seen = await origin.http.get(path, headers=stranger)
        own = await origin.http.get(
            "/v1/consolidations", headers=acting_as(origin, FORWARDER, kind="agent")
        )
        others = await origin.http.get("/v1/consolidations", headers=stranger)

        assert (sellers.status_code, sellers.json()["code"]) == (403, "logistics.not-a-forwarder")
        assert strangers.status_code == seen.status_code == 404
        assert [one["id"] for one in own.json()["items"]] == [consolidation["id"]]
        assert others.json()["items"] == []


class TestPooling:
    async def test_answers_for_each_parcel(self, origin: Running) -> None:
        good, frozen = await booked(origin, "1", "2")
        frozen = (await booked(origin, "3", handling={"temperature": "frozen", "bonded": False}))[0]
        consolidation = await opened(origin)
        unknown = an_id("pcl", "nobody's")
        ids = [good["id"], frozen["id"], unknown, good["id"]]

        reply = (await do(origin, consolidation, "parcels", {"parcel_ids": ids})).json()
        again = (await do(origin, consolidation, "parcels", {"parcel_ids": [good["id"]]})).json()

        assert [(line["pooled"], line["code"]) for line in reply["lines"]] == [
            (True, None),
            (False, "logistics.handling-differs"),
            (False, "logistics.parcel-not-found"),
        ]
        assert reply["aboard"] == again["aboard"] == 1
        assert again["lines"][0]["pooled"]

    async def test_puts_a_parcel_into_one_of_two_at_once(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        pools = [await opened(origin), await opened(origin)]

        replies = await asyncio.gather(
            *(do(origin, pool, "parcels", {"parcel_ids": [parcel["id"]]}) for pool in pools)
        )

        assert sorted(reply.json()["aboard"] for reply in replies) == [0, 1]
        pooled = sorted(reply.json()["lines"][0]["pooled"] for reply in replies)
        assert pooled == [False, True]

    async def test_says_that_a_held_parcel_is_not_aboard(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        consolidation = await opened(origin)
        body = {"parcel_ids": [parcel["id"]]}
        await do(origin, consolidation, "parcels", body)
        await origin.post(f"/v1/parcels/{parcel['id']}/hold", {"reason": "screening"})

        reply = (await do(origin, consolidation, "parcels", body)).json()

        assert reply["lines"][0]["code"] == "logistics.pooling-out-of-order"

    async def test_can_be_undone_until_the_unit_is_sealed(self, origin: Running) -> None:
        parcels = await booked(origin, "1", "2")
        consolidation = await opened(origin)
        ids = [parcel["id"] for parcel in parcels]
        await do(origin, consolidation, "parcels", {"parcel_ids": ids})
        path = f"/v1/consolidations/{consolidation['id']}/parcels"

        out = await origin.http.delete(f"{path}/{ids[0]}")
        twice = await origin.http.delete(f"{path}/{ids[0]}")
        await do(origin, consolidation, "seal", {"seals": SEALS})
        late = await origin.http.delete(f"{path}/{ids[1]}")

        assert out.json()["aboard"] == 1
        assert twice.status_code == 404
        assert late.json()["code"] == "logistics.consolidation-out-of-order"

    async def test_ends_at_the_cut_off_before_and_after_the_timer_ran(
        self, origin: Running
    ) -> None:
        (parcel,) = await booked(origin, "1")
        consolidation = await opened(origin)
        origin.clock.move(timedelta(hours=1))

        before = await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})
        async with origin.service.store.transaction() as tx:
            assert isinstance(tx, LogisticsTx)
            await cut_off_pools(tx)
        after = await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})

        assert (before.status_code, before.json()["code"]) == (409, "logistics.pool-closed")
        assert after.json()["code"] == "logistics.pool-closed"
        assert (await now_is(origin, consolidation))["state"] == "cut_off"


class TestSealing:
    async def test_weighs_and_prices_the_117_parcels_of_the_scenario(self, origin: Running) -> None:
        consolidation = await opened(origin)
        parcels = scenario_parcels()
        async with origin.service.store.transaction() as tx:
            for parcel in parcels:
                await tx.parcels.add(parcel, booked_at=tx.now)
        ids = [parcel.id for parcel in parcels]

        pooled = (await do(origin, consolidation, "parcels", {"parcel_ids": ids})).json()
        view = (await do(origin, consolidation, "seal", {"seals": SEALS})).json()
        freight = (
            await origin.http.get(
                f"/v1/consolidations/{consolidation['id']}/freight",
                headers=acting_as(origin, FORWARDER, kind="agent"),
            )
        ).json()

        assert pooled["aboard"] == view["aboard"] == 117
        assert view["gross_weight_g"] == 122_160
        assert view["volumetric_weight_g"] == 132_801
        assert view["chargeable_weight_g"] == 133_000
        assert view["freight"] == {"amount_minor": 186_200, "currency": "MYR"}
        assert view["freight_alone"] == {"amount_minor": 261_100, "currency": "MYR"}
        assert view["saved"]["amount_minor"] == 74_900
        shares = freight["shares"]
        assert sum(share["amount"]["amount_minor"] for share in shares) == 186_200
        assert all(
            share["amount"]["amount_minor"] <= share["alone"]["amount_minor"] for share in shares
        )
        (event,) = await origin.said(ConsolidationSealed)
        assert len(event.parcels) == 117
        assert (event.gross_weight_g, event.chargeable_weight_g) == (122_160, 133_000)
        assert event.seals == tuple(SEALS)

    async def test_plans_the_scenario_again_when_one_of_118_is_dropped_at_the_gate(
        self, origin: Running
    ) -> None:
        consolidation = await opened(origin)
        extra = a_parcel("A-089", seller_id=an_id("mbr", "other"))
        parcels = [*scenario_parcels(), extra]
        async with origin.service.store.transaction() as tx:
            for parcel in parcels:
                await tx.parcels.add(parcel, booked_at=tx.now)
        ids = [parcel.id for parcel in parcels]
        await do(origin, consolidation, "parcels", {"parcel_ids": ids})
        before = (await do(origin, consolidation, "seal", {"seals": SEALS})).json()
        body = {"parcel_ids": [extra.id], "seals": ["MY000123", "MY000300"], "reason": "no-show"}

        after = (await do(origin, consolidation, "drop", body)).json()
        await do(origin, consolidation, "hand-over", {"gate_weight_g": 122_160})
        path = f"/v1/consolidations/{consolidation['id']}/fairness"
        fairness = (await origin.http.get(path)).json()

        assert (before["aboard"], before["chargeable_weight_g"]) == (118, 133_500)
        assert (after["aboard"], after["chargeable_weight_g"]) == (117, 133_000)
        assert after["freight"]["amount_minor"] == 186_200
        assert after["freight_alone"]["amount_minor"] == 261_100
        (event,) = await origin.said(FreightShared)
        assert sum(share.amount.amount_minor for share in event.shares) == 186_200
        assert extra.id not in {share.parcel_id for share in event.shares}
        (seller,) = fairness["sellers"]
        assert fairness["nobody_pays_more_than_alone"]
        assert fairness["worst_excess"]["amount_minor"] == 0
        assert (seller["parcels"], seller["pays"]["amount_minor"]) == (117, 186_200)
        assert seller["singly"]["amount_minor"] == 261_100

    async def test_shows_each_seller_its_own_side_of_the_fairness(self, origin: Running) -> None:
        consolidation = await opened(origin)
        mine, theirs = a_parcel("1", seller_id=SELLER), a_parcel("2", seller_id=an_id("mbr", "b"))
        async with origin.service.store.transaction() as tx:
            for parcel in (mine, theirs):
                await tx.parcels.add(parcel, booked_at=tx.now)
        await do(origin, consolidation, "parcels", {"parcel_ids": [mine.id, theirs.id]})
        path = f"/v1/consolidations/{consolidation['id']}/fairness"

        own = (await origin.http.get(path, headers=acting_as(origin, SELLER))).json()
        stranger = await origin.http.get(path, headers=acting_as(origin, STRANGER))

        assert [seller["seller_id"] for seller in own["sellers"]] == [SELLER]
        assert own["sellers"][0]["saved"]["amount_minor"] == 350  # half of RM21.00, not RM14.00
        assert stranger.status_code == 404

    async def test_shows_a_seller_its_own_shares_and_a_stranger_none(self, origin: Running) -> None:
        consolidation, parcels = await sealed(origin, "1", "2")
        path = f"/v1/consolidations/{consolidation['id']}/freight"

        own = await origin.http.get(path, headers=acting_as(origin, SELLER))
        theirs = await origin.http.get(path, headers=acting_as(origin, STRANGER))

        assert {share["parcel_id"] for share in own.json()["shares"]} == {p["id"] for p in parcels}
        assert theirs.status_code == 404

    async def test_refuses_an_empty_pool_and_a_second_sealing(self, origin: Running) -> None:
        empty = await do(origin, await opened(origin), "seal", {"seals": SEALS})
        consolidation, _ = await sealed(origin, "1")
        twice = await do(origin, consolidation, "seal", {"seals": SEALS})

        assert (empty.status_code, empty.json()["code"]) == (422, "logistics.pool-empty")
        assert twice.json()["code"] == "logistics.consolidation-out-of-order"

    async def test_splits_a_held_parcel_out_and_lets_the_others_go(self, origin: Running) -> None:
        held, other = await booked(origin, "1", "2")
        consolidation = await opened(origin)
        ids = [held["id"], other["id"]]
        await do(origin, consolidation, "parcels", {"parcel_ids": ids})
        stopped = await origin.post(f"/v1/parcels/{held['id']}/hold", {"reason": "screening"})

        await do(origin, consolidation, "seal", {"seals": SEALS})

        assert stopped.json()["pool"] == "held"
        now = await parcel_now(origin, held)
        assert (now["pool"], now["consolidation_id"]) == ("split_out", None)
        (event,) = await origin.said(ConsolidationSealed)
        assert [parcel.parcel_id for parcel in event.parcels] == [other["id"]]

    async def test_keeps_a_parcel_that_was_freed_in_time(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        consolidation = await opened(origin)
        await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})
        await origin.post(f"/v1/parcels/{parcel['id']}/hold", {"reason": "screening"})
        await origin.post(f"/v1/parcels/{parcel['id']}/free")

        view = await do(origin, consolidation, "seal", {"seals": SEALS})

        assert view.json()["aboard"] == 1
        assert (await parcel_now(origin, parcel))["pool"] == "packed"

    async def test_holds_and_frees_a_parcel_under_its_seals(self, origin: Running) -> None:
        consolidation, (parcel,) = await sealed(origin, "1")
        await origin.post(f"/v1/parcels/{parcel['id']}/hold", {"reason": "screening"})
        stopped = await do(origin, consolidation, "hand-over", {"gate_weight_g": 720})

        freed = await origin.post(f"/v1/parcels/{parcel['id']}/free")
        passed = await do(origin, consolidation, "hand-over", {"gate_weight_g": 720})

        assert stopped.json()["code"] == "logistics.held-aboard"
        assert freed.json()["pool"] == "packed"
        assert passed.json()["state"] == "handed_over"


class TestLeavingBehind:
    async def test_plans_again_and_frees_the_parcel_for_a_later_one(self, origin: Running) -> None:
        consolidation, (left, stays) = await sealed(origin, "1", "2")
        body = {"parcel_ids": [left["id"]], "seals": ["MY000123", "MY000200"], "reason": "no-show"}

        view = (await do(origin, consolidation, "drop", body)).json()
        later = await opened(origin)
        pooled = await do(origin, later, "parcels", {"parcel_ids": [left["id"]]})

        first, second = await origin.said(ConsolidationSealed)
        assert second.version > first.version
        assert [parcel.parcel_id for parcel in second.parcels] == [stays["id"]]
        assert second.seals == ("MY000123", "MY000200")
        assert (view["aboard"], view["gross_weight_g"]) == (1, 720)
        assert await now_is(origin, consolidation) == view
        assert view["freight"]["amount_minor"] == 1_400
        assert pooled.json()["aboard"] == 1

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"seals": SEALS}, "logistics.seals-unchanged"),
            ({"parcel_ids": [an_id("pcl", "nobody's")]}, "logistics.parcel-not-found"),
            ({"seals": ["?"]}, "logistics.number-malformed"),
        ],
    )
    async def test_needs_parcels_that_are_aboard_and_a_new_seal(
        self, origin: Running, changes: dict[str, object], code: str
    ) -> None:
        consolidation, (left, _) = await sealed(origin, "1", "2")
        body = {"parcel_ids": [left["id"]], "seals": ["MY000200"], "reason": "no-show", **changes}

        reply = await do(origin, consolidation, "drop", body)

        assert reply.json()["code"] == code
        assert (await now_is(origin, consolidation))["aboard"] == 2


class TestHandingOver:
    async def test_says_the_shares_once_and_exactly(self, origin: Running) -> None:
        consolidation, parcels = await sealed(origin, "1", "2", "3")

        reply = await do(origin, consolidation, "hand-over", {"gate_weight_g": 2_170})
        twice = await do(origin, consolidation, "hand-over", {"gate_weight_g": 2_170})
        await tell(origin, released_for_export(consolidation, parcels))
        await do(origin, consolidation, "depart")

        assert (reply.json()["state"], reply.json()["gate_weight_g"]) == ("handed_over", 2_170)
        assert twice.json()["code"] == "logistics.consolidation-out-of-order"
        (event,) = await origin.said(FreightShared)
        assert event.total.amount_minor == 3_500  # 2.5 kg at RM14.00
        assert sum(share.amount.amount_minor for share in event.shares) == 3_500
        assert {share.seller_id for share in event.shares} == {SELLER}

    @pytest.mark.parametrize("gate_weight_g", [2_149, 2_171])
    async def test_stops_at_scales_that_differ(self, origin: Running, gate_weight_g: int) -> None:
        consolidation, _ = await sealed(origin, "1", "2", "3")

        reply = await do(origin, consolidation, "hand-over", {"gate_weight_g": gate_weight_g})

        assert (reply.status_code, reply.json()["code"]) == (422, "logistics.gate-weight-differs")
        assert reply.json()["declared_g"] == 2_160
        assert await origin.said(FreightShared) == []


class TestDeparting:
    async def test_waits_for_the_export_release(self, origin: Running) -> None:
        consolidation, parcels = await sealed(origin, "1", "2")

        early = await do(origin, consolidation, "depart")
        await tell(origin, released_for_export(consolidation, parcels), times=2)
        reply = await do(origin, consolidation, "depart")
        twice = await do(origin, consolidation, "depart")

        assert (early.status_code, early.json()["code"]) == (409, "logistics.not-export-released")
        assert early.json()["retry_after_s"] == 30
        assert await origin.quarantined() == []
        assert reply.json()["state"] == "departed"
        assert reply.json()["export_declaration_id"] == an_id("dec", "export")
        assert twice.json()["code"] == "logistics.consolidation-out-of-order"
        assert {(await parcel_now(origin, p))["state"] for p in parcels} == {"in_transit"}

    async def test_tells_the_destination_what_is_inside(self, origin: Running) -> None:
        consolidation, parcels = await departed(origin, "1", "2")

        (event,) = await origin.said(ConsolidationDeparted)
        (envelope,) = [e for e in await origin.envelopes() if e.type == event.wire_name]
        assert (envelope.subject, envelope.audience) == (consolidation["id"], "cn-hgh")
        assert {parcel.parcel_id for parcel in event.parcels} == {p["id"] for p in parcels}
        assert event.seals == tuple(SEALS)
        assert event.departed_at == origin.clock.now()

    async def test_is_not_let_go_by_a_release_that_leaves_a_parcel_out(
        self, origin: Running
    ) -> None:
        consolidation, parcels = await sealed(origin, "1", "2")

        await tell(origin, released_for_export(consolidation, parcels[:1]))

        assert [why for why, _ in await origin.quarantined()] == ["logistics.release-incomplete"]
        early = await do(origin, consolidation, "depart")
        assert early.json()["code"] == "logistics.not-export-released"

    async def test_is_let_go_by_a_release_from_before_a_parcel_was_dropped(
        self, origin: Running
    ) -> None:
        consolidation, parcels = await sealed(origin, "1", "2")
        body = {"parcel_ids": [parcels[0]["id"]], "seals": ["MY000200"], "reason": "no-show"}
        await do(origin, consolidation, "drop", body)

        await tell(origin, released_for_export(consolidation, parcels))
        reply = await do(origin, consolidation, "depart")

        assert reply.json()["state"] == "departed"
        (event,) = await origin.said(ConsolidationDeparted)
        assert [parcel.parcel_id for parcel in event.parcels] == [parcels[1]["id"]]

    async def test_at_a_weight_that_differs_changes_nothing(self, origin: Running) -> None:
        consolidation, parcels = await sealed(origin, "1")
        await tell(origin, released_for_export(consolidation, parcels))

        reply = await do(origin, consolidation, "depart", {"gate_weight_g": 700})

        assert reply.json()["code"] == "logistics.gate-weight-differs"
        assert (await now_is(origin, consolidation))["state"] == "sealed"
        assert await origin.said(FreightShared) == []

    async def test_leaves_no_parcel_to_hold(self, origin: Running) -> None:
        _, (parcel,) = await departed(origin, "1")

        reply = await origin.post(f"/v1/parcels/{parcel['id']}/hold", {"reason": "too late"})

        assert reply.json()["code"] == "logistics.consolidation-out-of-order"
