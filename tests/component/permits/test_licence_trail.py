"""What was done to a licence, by whom or what, from the day it was issued to its end."""

from datetime import timedelta
from typing import Any

from tests.builders.permits import OTHER_SELLER, SELLER, an_actor, an_export, export_goods
from tests.builders.running import Running
from tests.component.permits.conftest import Desk


class TestLicenceTrail:
    async def steps(self, desk: Desk, licence_id: str) -> list[dict[str, Any]]:
        reply = await desk.service.http.get(
            f"/v1/licences/{licence_id}/changes", headers=desk.as_seller()
        )
        assert reply.status_code == 200, reply.text
        return list(reply.json()["items"])

    async def test_tells_every_change_who_made_it_and_because_of_what(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        licence_id = one["licence_id"]
        for deed in ("suspend", "reinstate"):
            permits.clock.move(timedelta(minutes=30))
            await desk.to_licence(await desk.licence(licence_id), deed, name="siti")
        export = an_export("1", export_goods(quantity=128), released_at=permits.clock.now())
        await permits.hear(export, times=2)
        await desk.to_licence(await desk.licence(licence_id), "revoke")

        steps = await self.steps(desk, licence_id)

        aminah, siti = (an_actor(name).member_id for name in ("aminah", "siti"))
        assert [(s["deed"], s["member_id"], s["cause"]) for s in steps] == [
            ("issue", siti, one["id"]),
            ("suspend", siti, None),
            ("reinstate", siti, None),
            ("write-off", None, export.declaration_id),
            ("revoke", aminah, None),
        ]
        used = {c["field"]: (c["before"], c["after"]) for c in steps[3]["changes"]}
        assert used["lines[0].used"] == (0, 128)
        assert used["history[3].state"] == (None, "exhausted")
        assert "document" not in {c["field"] for c in steps[0]["changes"]}

    async def test_tells_of_expiry_and_of_what_superseded_a_licence(
        self, desk: Desk, permits: Running
    ) -> None:
        old = await desk.issued()
        draft = (await desk.seller(old, "amend")).json()
        submitted = (await desk.seller(draft, "submit")).json()
        new = await desk.granted(await desk.examined(submitted))
        permits.clock.move(timedelta(days=180))
        async with permits.service.store.transaction() as tx:
            await permits.service.timers[0].work(tx)

        superseded = (await self.steps(desk, old["licence_id"]))[-1]
        expired = (await self.steps(desk, new["licence_id"]))[-1]

        assert (superseded["deed"], superseded["cause"]) == ("supersede", new["licence_id"])
        assert (expired["deed"], expired["member_id"]) == ("expire", None)

    async def test_tells_when_the_holder_gave_it_back(self, desk: Desk, permits: Running) -> None:
        one = await desk.issued()
        path = f"/v1/licences/{one['licence_id']}/surrender"
        await permits.post(path, {"reason": "not needed"}, headers=desk.as_seller())

        last = (await self.steps(desk, one["licence_id"]))[-1]

        changes = {c["field"]: c["after"] for c in last["changes"]}
        assert (last["deed"], last["member_id"]) == ("surrender", SELLER)
        assert changes["history[1].reason"] == "not needed"

    async def test_is_nobody_elses_business(self, desk: Desk, permits: Running) -> None:
        one = await desk.issued()
        path = f"/v1/licences/{one['licence_id']}/changes"

        foreign = await permits.http.get(path, headers=desk.as_seller(OTHER_SELLER))

        assert (foreign.status_code, foreign.json()["code"]) == (404, "permits.licence-not-found")
