"""What leaves uses up what was allowed: once per declaration, in any order, never too much."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.contracts.customs.events import PermitsShown, ShownGoods
from shared.contracts.permits.events import (
    PermitExhausted,
    PermitReinstated,
    PermitUsed,
    PermitUseRefused,
    PermitUseReturned,
)
from shared.kernel.ids import derived_id
from tests.builders.permits import NOON, OTHER_SELLER, SELLER, an_export, export_goods
from tests.builders.running import Running
from tests.component.permits.conftest import DURIAN, Desk


async def left_of(desk: Desk, licence_id: str) -> int:
    [line] = (await desk.licence(licence_id))["lines"]
    return int(line["left"])


class TestWriteOff:
    async def test_uses_up_the_licence_once_however_often_it_is_told(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        export = an_export("1", export_goods(quantity=100))

        await permits.hear(export, times=3)
        await permits.hear(export)

        assert await left_of(desk, one["licence_id"]) == 28
        assert [(e.quantity, e.left) for e in await permits.said(PermitUsed)] == [(100, 28)]
        assert await permits.said(PermitExhausted) == []

    async def test_says_when_the_last_piece_is_used(self, desk: Desk, permits: Running) -> None:
        one = await desk.issued()

        await permits.hear(an_export("1"))

        [exhausted] = await permits.said(PermitExhausted)
        assert exhausted.permit_id == one["licence_id"]
        assert (await desk.licence(one["licence_id"]))["state"] == "exhausted"

    async def test_refuses_and_records_use_beyond_what_is_left(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        await permits.hear(an_export("1", export_goods(quantity=100)))

        await permits.hear(an_export("2", export_goods(quantity=29)), times=2)

        [refused] = await permits.said(PermitUseRefused)
        listed = (await permits.http.get("/v1/refused-uses", headers=desk.as_seller())).json()[
            "items"
        ]
        assert (refused.quantity, refused.left, refused.reason) == (29, 28, "not-enough-left")
        assert [(item["quantity"], item["left"]) for item in listed] == [(29, 28)]
        assert await left_of(desk, one["licence_id"]) == 28

    async def test_says_which_version_of_the_declaration_it_refuses(
        self, desk: Desk, permits: Running
    ) -> None:
        await desk.issued()
        too_much = permits.envelope(an_export("1", export_goods(quantity=129)), key="1")

        await permits.deliver(msgspec.structs.replace(too_much, sequence=7))

        [refused] = await permits.said(PermitUseRefused)
        assert refused.declaration_version == 7

    async def test_says_once_what_a_declaration_released_anew_is_still_refused(
        self, desk: Desk, permits: Running
    ) -> None:
        await desk.issued()
        await permits.hear(an_export("1", export_goods(quantity=200)))

        await permits.hear(
            an_export("1", export_goods(quantity=200), released_at=NOON + timedelta(hours=2))
        )

        assert len(await permits.said(PermitUseRefused)) == 1

    async def test_hears_peers_customs_too(self, desk: Desk, permits: Running) -> None:
        one = await desk.issued()

        await permits.hear(an_export("1", hub="cn-hgh"), origin="cn-hgh")

        assert await left_of(desk, one["licence_id"]) == 0

    async def test_sets_aside_a_release_of_somebody_elses_declaration(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()

        await permits.hear(an_export("1", hub="my-kul"), origin="cn-hgh")

        assert [reason for reason, _ in await permits.quarantined()] == [
            "permits.declaration-foreign"
        ]
        assert await left_of(desk, one["licence_id"]) == 128

    async def test_leaves_others_licences_goods_and_destinations_alone(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        pillow = export_goods(hs_code="9404909000", quantity=8)

        await permits.hear(an_export("1", export_goods(seller_id=OTHER_SELLER)))
        await permits.hear(an_export("2", pillow))
        await permits.hear(an_export("3", buyer_hub="th-bkk"))

        assert await left_of(desk, one["licence_id"]) == 128
        assert await permits.said(PermitUseRefused) == []

    async def test_counts_weight_to_the_gram(self, desk: Desk, permits: Running) -> None:
        listed = {**DURIAN, "facts": {**DURIAN["facts"], "plant_no": "MY-FD-0001"}}
        one = await desk.issued(listed)

        goods = export_goods(hs_code="081190", quantity=3, net_weight_g=72_961)
        await permits.hear(an_export("1", goods))

        assert await left_of(desk, one["licence_id"]) == 500_000 - 72_961

    async def test_gives_back_what_a_smaller_release_of_the_same_unit_leaves_unused(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        await permits.hear(an_export("1"))
        smaller = an_export("1", export_goods(quantity=127), released_at=NOON + timedelta(hours=2))

        await permits.hear(smaller, times=2)

        [returned] = await permits.said(PermitUseReturned)
        assert (returned.quantity, returned.left) == (1, 1)
        assert (await desk.licence(one["licence_id"]))["state"] == "reinstated"
        assert len(await permits.said(PermitReinstated)) == 1

    async def test_ignores_an_older_release_that_arrives_last(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        await permits.hear(
            an_export("1", export_goods(quantity=127), released_at=NOON + timedelta(hours=2))
        )

        await permits.hear(an_export("1"))

        assert await left_of(desk, one["licence_id"]) == 1

    async def test_shows_which_declaration_used_what(self, desk: Desk, permits: Running) -> None:
        one = await desk.issued()
        for name in "123":
            await permits.hear(an_export(name, export_goods(quantity=10)))

        path = f"/v1/licences/{one['licence_id']}/uses?limit=2"
        first = (await permits.http.get(path, headers=desk.as_seller())).json()
        second = (
            await permits.http.get(
                f"{path}&cursor={first['next_cursor']}", headers=desk.as_seller()
            )
        ).json()

        uses = [*first["items"], *second["items"]]
        assert sorted(use["quantity"] for use in uses) == [10, 10, 10]
        assert len({use["declaration_id"] for use in uses}) == 3


class TestStopping:
    async def test_refuses_what_left_while_the_licence_was_suspended(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        permits.clock.move(timedelta(hours=2))
        await desk.to_licence(await desk.licence(one["licence_id"]), "suspend")

        await permits.hear(an_export("late news", released_at=NOON + timedelta(hours=1)))
        licence = await desk.licence(one["licence_id"])
        await permits.hear(an_export("too late", released_at=NOON + timedelta(hours=3)))

        [refused] = await permits.said(PermitUseRefused)
        assert (licence["lines"][0]["left"], licence["state"]) == (0, "suspended")
        assert refused.reason == "suspended"

    async def test_follows_the_states_of_a_licence(self, desk: Desk, permits: Running) -> None:
        one = await desk.issued()
        states = []
        for deed in ("suspend", "reinstate", "revoke"):
            permits.clock.move(timedelta(minutes=1))
            reply = await desk.to_licence(await desk.licence(one["licence_id"]), deed)
            states.append(reply.json()["state"])

        again = await desk.to_licence(await desk.licence(one["licence_id"]), "reinstate")

        assert states == ["suspended", "reinstated", "revoked"]
        assert (again.status_code, again.json()["code"]) == (409, "permits.step-not-allowed")

    async def test_is_up_to_the_holder_when_it_gives_the_licence_back(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        path, body = f"/v1/licences/{one['licence_id']}/surrender", {"reason": "not needed"}

        foreign = await permits.post(path, body, headers=desk.as_seller(OTHER_SELLER))
        own = await permits.post(path, body, headers=desk.as_seller())

        assert foreign.status_code == 404
        assert own.json()["state"] == "surrendered"

    async def test_happens_by_itself_when_the_time_has_run_out(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        expiry = permits.service.timers[0]
        for days in (179, 1, 1):
            permits.clock.move(timedelta(days=days))
            async with permits.service.store.transaction() as tx:
                await expiry.work(tx)

        licence = await desk.licence(one["licence_id"])

        assert [(entry["state"], entry["since"]) for entry in licence["history"]] == [
            ("issued", "2026-09-01T12:00:00Z"),
            ("expired", "2027-02-28T12:00:00Z"),
        ]


FORM = derived_id("frm", "my-kul", "K2")


def form_shows(quantity: int, **changes: Any) -> PermitsShown:
    """What a form takes of the seller's permit for coffee; zero takes nothing."""
    line = {"permit_no": changes.pop("permit_no"), "hs_code": "2101120000", "net_weight_g": 1}
    values = {
        "declaration_id": FORM,
        "form": "K2",
        "holder_id": SELLER,
        "destination": "CN",
        "goods": (ShownGoods(**line, quantity=quantity),) if quantity else (),
        "shown_at": NOON,
    }
    return PermitsShown(**(values | changes))


class TestForms:
    @pytest.mark.parametrize("turn", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
    async def test_take_what_they_showed_last_whatever_is_heard_first_and_twice(
        self, desk: Desk, permits: Running, turn: tuple[int, ...]
    ) -> None:
        one, permit_no = await self._issued(desk)
        said = [form_shows(quantity, permit_no=permit_no) for quantity in (100, 0, 60)]

        for number in turn:
            envelope = permits.envelope(said[number], key=FORM)
            envelope = msgspec.structs.replace(envelope, sequence=number + 1)
            for _ in range(2):
                await permits.deliver(envelope)

        assert await left_of(desk, one["licence_id"]) == 68

    async def test_give_all_back_once_cancelled(self, desk: Desk, permits: Running) -> None:
        _, permit_no = await self._issued(desk)
        await permits.hear(form_shows(128, permit_no=permit_no))

        later = NOON + timedelta(hours=1)
        await permits.hear(form_shows(0, permit_no=permit_no, shown_at=later), times=2)

        [returned] = await permits.said(PermitUseReturned)
        assert (returned.quantity, returned.left) == (128, 128)
        assert returned.declaration_id == FORM

    async def test_take_of_the_permit_that_they_name_only(
        self, desk: Desk, permits: Running
    ) -> None:
        one, permit_no = await self._issued(desk)

        await permits.hear(form_shows(1, permit_no="another"))
        await permits.hear(form_shows(129, permit_no=permit_no, shown_at=NOON + timedelta(1)))

        assert await left_of(desk, one["licence_id"]) == 128
        [refused] = await permits.said(PermitUseRefused)
        assert (refused.quantity, refused.left) == (129, 128)

    async def _issued(self, desk: Desk) -> tuple[dict[str, Any], str]:
        one = await desk.issued()
        return one, (await desk.licence(one["licence_id"]))["permit_no"]
