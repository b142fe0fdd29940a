"""The border's clock over HTTP: what was released in a period, and how long it waited."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders.customs_events import Parcel
from tests.builders.running import Running
from tests.component.customs.steps import hear_all


async def asked(customs: Running, since: str, until: str) -> dict[str, Any]:
    reply = await customs.http.get("/v1/release-times", params={"since": since, "until": until})
    assert reply.status_code == 200, reply.text
    return reply.json()  # type: ignore[no-any-return]


class TestReleaseTimes:
    async def test_tell_each_lane_step_by_step(self, destination: Running) -> None:
        await hear_all(destination, Parcel("A-001"))
        held = Parcel("A-002-YELLOW")
        await hear_all(destination, held)
        destination.wait(timedelta(hours=4))
        path = f"/v1/declarations/{held.declaration_id}/release"
        assert (await destination.post(path, {"reason": "papers-in-order"})).status_code == 200

        told = await asked(destination, "2026-09-01", "2026-09-02")

        green, yellow = told["lanes"]
        assert told["promise_s"] == 10_800
        assert (green["lane"], green["within_promise"], green["whole"]["longest_s"]) == (
            "green",
            1,
            0,
        )
        assert (yellow["lane"], yellow["within_promise"]) == ("yellow", 0)
        assert yellow["whole"] == {
            "count": 1,
            "half_s": 14_400,
            "nine_in_ten_s": 14_400,
            "longest_s": 14_400,
        }
        waited = {(s["from_status"], s["to_status"]): s["took"] for s in yellow["stretches"]}
        assert waited[300, 399]["longest_s"] == 14_400

    async def test_are_those_of_the_period_and_no_other(self, destination: Running) -> None:
        await hear_all(destination, Parcel("A-001"))
        destination.wait(timedelta(days=1))
        await hear_all(destination, Parcel("A-002"))

        first = await asked(destination, "2026-09-01", "2026-09-02")
        both = await asked(destination, "2026-09-01", "2026-09-03")
        none = await asked(destination, "2026-08-01", "2026-09-01")

        counts = [sum(lane["whole"]["count"] for lane in x["lanes"]) for x in (first, both, none)]
        assert counts == [1, 2, 0]

    @pytest.mark.parametrize(
        ("since", "until"), [("2026-09-02", "2026-09-02"), ("2026-01-01", "2026-04-04")]
    )
    async def test_are_refused_for_no_day_and_for_too_many(
        self, destination: Running, since: str, until: str
    ) -> None:
        reply = await destination.http.get(
            "/v1/release-times", params={"since": since, "until": until}
        )

        assert (reply.status_code, reply.json()["code"]) == (422, "customs.period-invalid")

    async def test_are_no_business_of_a_seller(self, destination: Running) -> None:
        reply = await destination.http.get(
            "/v1/release-times?since=2026-09-01&until=2026-09-02",
            headers=destination.office.headers("customs:read"),
        )

        assert reply.status_code == 403
