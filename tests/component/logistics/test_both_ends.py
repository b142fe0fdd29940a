"""The sender follows what left: the destination's word counts, in any order and told twice."""

from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from shared.contracts.event import Envelope
from shared.contracts.logistics.events import ParcelTracked
from shared.contracts.registry import EVENTS
from tests.builders.running import Running
from tests.component.logistics.story import (
    SEALS,
    SELLER,
    acting_as,
    booked,
    carry,
    declared,
    deliver,
    departed,
    do,
    now_is,
    opened,
    parcel_now,
    released_for_export,
    sealed,
    tell,
    unit_does,
)


async def delivered(origin: Running, destination: Running) -> tuple[dict[str, Any], dict[str, Any]]:
    """A unit that was emptied at its destination, its one parcel delivered."""
    consolidation, (parcel,) = await departed(origin, "1")
    await carry(origin, destination)
    await tell(destination, declared(parcel, "released"))
    await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
    assert (await deliver(destination, parcel)).status_code == 200
    return consolidation, parcel


async def said_to(hub: Running, here: Running) -> list[Envelope]:
    return [e for e in await here.envelopes() if hub.hub in e.audience.split(",")]


class TestFollowing:
    @pytest.mark.parametrize("order", list(permutations(range(3))))
    async def test_ends_at_the_same_whatever_comes_first(
        self, origin: Running, destination: Running, order: tuple[int, ...]
    ) -> None:
        consolidation, parcel = await delivered(origin, destination)
        news = await said_to(origin, destination)
        assert len(news) == 3  # arrived, delivered, closed

        for index in order:
            await origin.deliver(news[index])
            await origin.deliver(news[index])

        assert (await now_is(origin, consolidation))["state"] == "closed"
        now = await parcel_now(origin, parcel)
        assert (now["state"], now["pool"]) == ("delivered", None)
        assert await origin.quarantined() == []

    async def test_sees_a_unit_arrive_before_it_is_emptied(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, _ = await departed(origin, "1")
        await carry(origin, destination)
        await unit_does(destination, consolidation, "arrive", {"seals": SEALS})

        await carry(destination, origin, times=2)

        assert (await now_is(origin, consolidation))["state"] == "arrived"

    async def test_believes_the_destination_only(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, parcel = await delivered(origin, destination)

        for envelope in await said_to(origin, destination):
            event = EVENTS[envelope.type].parse(envelope.data)
            await origin.hear(event, key=envelope.id, origin="sg-sin")

        reasons = [why for why, _ in await origin.quarantined()]
        assert reasons == ["logistics.not-the-destination"] * 3
        assert (await now_is(origin, consolidation))["state"] == "departed"
        assert (await parcel_now(origin, parcel))["state"] == "in_transit"

    async def test_waits_with_news_of_what_never_left(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, (parcel,) = await sealed(origin, "1")
        news = ParcelTracked(
            parcel_id=parcel["id"],
            logistics_no=parcel["logistics_no"],
            order_id=parcel["order_id"],
            state="lost",
            happened_at=origin.clock.now(),
        )

        await origin.hear(news, key=parcel["id"], origin="cn-hgh")
        await origin.hear(
            news.model_copy(update={"state": "beamed_up"}), key="newer", origin="cn-hgh"
        )

        reasons = [why for why, _ in await origin.quarantined()]
        assert reasons == ["logistics.tracking-out-of-order"] * 2
        assert (await now_is(origin, consolidation))["state"] == "sealed"

    async def test_keeps_the_parcel_where_it_ended(
        self, origin: Running, destination: Running
    ) -> None:
        _, parcel = await delivered(origin, destination)
        await carry(destination, origin)
        late = ParcelTracked(
            parcel_id=parcel["id"],
            logistics_no=parcel["logistics_no"],
            order_id=parcel["order_id"],
            state="out_for_delivery",
            happened_at=origin.clock.now(),
        )

        await origin.hear(late, key=parcel["id"], origin="cn-hgh")

        assert (await parcel_now(origin, parcel))["state"] == "delivered"


class TestTimeline:
    async def test_shows_what_was_planned_expected_and_done_at_both_ends(
        self, origin: Running, destination: Running
    ) -> None:
        (parcel,) = await booked(origin, "1")
        consolidation = await opened(
            origin, departs_at="2026-09-01T14:00:00Z", arrives_at="2026-09-01T20:00:00Z"
        )
        await do(origin, consolidation, "parcels", {"parcel_ids": [parcel["id"]]})
        await do(origin, consolidation, "seal", {"seals": SEALS})
        await tell(origin, released_for_export(consolidation, [parcel]))
        await do(origin, consolidation, "depart")
        await carry(origin, destination)
        await tell(destination, declared(parcel, "released"))
        await origin.hear(declared(parcel, "released"), key="declared", origin="cn-hgh")
        await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
        await deliver(destination, parcel)
        await carry(destination, origin)

        path = f"/v1/tracking/{parcel['logistics_no']}"
        sent = (await origin.http.get(path, headers=acting_as(origin, SELLER))).json()
        came = (await destination.http.get(path)).json()

        assert sent["state"] == came["state"] == "delivered"
        lines = {(line["activity"], line["classifier"]): line for line in sent["timeline"]}
        assert lines.keys() == {
            ("pending", "actual"),
            ("pooled", "actual"),
            ("sealed", "actual"),
            ("export_released", "actual"),
            ("handed_over", "actual"),
            ("departed", "planned"),
            ("departed", "actual"),
            ("arrived", "planned"),
            ("arrived", "estimated"),
            ("arrived", "actual"),
            ("customs_released", "actual"),
            ("delivered", "actual"),
            ("closed", "actual"),
        }
        assert lines["handed_over", "actual"]["simulated"]
        assert not lines["departed", "actual"]["simulated"]
        # It left two hours before its plan, so it is expected two hours before its plan.
        expected = datetime.fromisoformat(lines["arrived", "estimated"]["happens_at"])
        assert expected == datetime.fromisoformat("2026-09-01T18:00:00+00:00")
        times = [line["happens_at"] for line in sent["timeline"]]
        assert times == sorted(times)
        done = {line["activity"] for line in came["timeline"]}
        assert done == {"departed", "arrived", "customs_released", "delivered", "closed"}

    async def test_tells_of_a_parcel_that_did_not_get_far(self, origin: Running) -> None:
        consolidation, (parcel, _) = await sealed(origin, "1", "2")
        hold, path = f"/v1/parcels/{parcel['id']}", f"/v1/tracking/{parcel['logistics_no']}"
        drop = {"parcel_ids": [parcel["id"]], "seals": ["MY000200"], "reason": "no-show"}
        await origin.post(f"{hold}/hold", {"reason": "screening"})
        await origin.post(f"{hold}/free")
        await do(origin, consolidation, "drop", drop)
        later = await opened(origin)
        await do(origin, later, "parcels", {"parcel_ids": [parcel["id"]]})
        await origin.http.delete(f"/v1/consolidations/{later['id']}/parcels/{parcel['id']}")
        await origin.post(f"{hold}/cancel", {"reason": "given up"})

        view = (await origin.http.get(path)).json()

        assert [(line["activity"], line["remark"]) for line in view["timeline"]] == [
            ("pending", None),
            ("pooled", None),
            ("held", "screening"),
            ("freed", None),
            ("short_shipped", "no-show"),
            ("pooled", None),
            ("taken_out", None),
            ("cancelled", "given up"),
        ]

    async def test_tells_of_each_state_at_the_destination(
        self, origin: Running, destination: Running
    ) -> None:
        consolidation, (parcel,) = await departed(origin, "1")
        await carry(origin, destination)
        await unit_does(destination, consolidation, "arrive", {"seals": SEALS})
        await unit_does(destination, consolidation, "deconsolidate")
        await tell(destination, declared(parcel, "released"))

        path = f"/v1/tracking/{parcel['logistics_no']}"
        lines = (await destination.http.get(path)).json()["timeline"]

        assert [line["activity"] for line in lines] == [
            "departed",
            "arrived",
            "on_hold",
            "closed",
            "customs_released",
            "in_transit",
        ]

    async def test_is_for_the_parties_only(self, origin: Running) -> None:
        (parcel,) = await booked(origin, "1")
        path = f"/v1/tracking/{parcel['logistics_no']}"

        reply = await origin.http.get(path, headers=acting_as(origin, "mbr_my-kul_" + "0" * 26))

        assert reply.status_code == 404
