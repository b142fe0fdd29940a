"""Every status of the authority is reached through a door, and what it refuses is refused there."""

from typing import Any

import httpx
import pytest

from services.customs.domain.status import EDGES, Status
from tests.builders.customs_events import Parcel
from tests.builders.customs_gate import changed, list_621, waybill_511
from tests.builders.running import Running
from tests.component.customs.steps import all_declarations, declaration_of, hear_all, steps
from tests.component.customs.test_gate import gate, send, send_four

__all__ = ["gate"]


async def only(customs: Running) -> dict[str, Any]:
    (found,) = await all_declarations(customs)
    return found


async def ask(customs: Running, door: str, **body: Any) -> httpx.Response:
    """Knock at a door of the only declaration."""
    path = f"/v1/declarations/{(await only(customs))['id']}/{door}"
    return await customs.post(
        path, {"reason": "looked-at", **body} if body or door in WITH_REASON else None
    )


WITH_REASON = {"inspect", "release", "send-back"}


class TestEveryStatus:
    async def test_is_reached_by_some_parcel(self, gate: Running) -> None:
        """1 2 3 4 100 120 300 399 500 501 502 503 599 700 800; 899 comes with the delivery."""
        seen: set[int] = set()
        await send(gate, 621, list_621("A-WAITS"))
        seen.add((await only(gate))["status"])
        for number in ("A-YELLOW", "A-UNSENT", "A-RED"):
            await send_four(gate, number)
        await send_four(gate, "A-BAD", m511=changed(waybill_511("A-BAD"), consignee_phone="1"))
        for kind in (501, 502, 503, 599):
            await send_four(gate, f"A{kind}-RED")
        for one in await all_declarations(gate):
            path = f"/v1/declarations/{one['id']}"
            if one["status"] == 300:
                await gate.post(f"{path}/release", {"reason": "papers-fit"})
            if one["order_no"] == "TASIK-A-RED":
                await gate.post(f"{path}/send-back", {"reason": "prohibited"})
            elif one["status"] == 500:
                kind = int(one["order_no"][7:10])
                await gate.post(f"{path}/detain", {"reason": "looked-at", "status": kind})
        for one in await all_declarations(gate):
            seen.update(steps(one))

        assert seen == {status.value for status in Status} - {899}

    async def test_899_comes_with_the_delivery(self, destination: Running) -> None:
        parcel = Parcel("A-012")
        await hear_all(destination, parcel)
        await destination.hear(parcel.delivered(), key=parcel.logistics_no)

        assert steps(await declaration_of(destination, parcel))[-1] == 899


class TestResubmission:
    async def test_sends_again_under_the_same_number_what_never_arrived(
        self, gate: Running
    ) -> None:
        answered = await send_four(gate, "A-UNSENT")
        failed = await only(gate)
        reply = await ask(gate, "submissions")
        sent = await only(gate)

        assert answered[-1] == "4"
        assert steps(failed) == [2, 4]
        assert reply.status_code == 201
        assert (sent["id"], steps(sent)) == (failed["id"], [2, 4, 2, 3, 120, 800])

    async def test_leaves_returned_what_has_nothing_new_to_say(self, gate: Running) -> None:
        await send_four(gate, m511=changed(waybill_511(), consignee_phone="1"))
        before = await only(gate)
        reply = await ask(gate, "submissions")

        assert reply.json()["status"] == 100
        assert await only(gate) == before

    @pytest.mark.parametrize("number", ["A001", "A-RED", "A-YELLOW"])
    async def test_is_refused_for_what_was_taken(self, gate: Running, number: str) -> None:
        await send_four(gate, number)
        reply = await ask(gate, "submissions")

        assert (reply.status_code, reply.json()["code"]) == (409, "customs.step-not-allowed")

    async def test_is_refused_for_what_was_cancelled(self, gate: Running) -> None:
        await send_four(gate, m511=changed(waybill_511(), consignee_phone="1"))
        cancelled = await ask(gate, "cancellations")
        again = await ask(gate, "cancellations")
        reply = await ask(gate, "submissions")

        assert cancelled.json()["withdrawn"] == "withdrawn-by-declarant"
        assert again.json() == cancelled.json()
        assert reply.status_code == 409


class TestCancellation:
    async def test_sends_back_what_is_held(self, gate: Running) -> None:
        await send_four(gate, "A-RED")
        reply = await ask(gate, "cancellations")

        assert (reply.status_code, reply.json()["status"]) == (201, 700)

    async def test_comes_too_late_for_what_is_released(self, gate: Running) -> None:
        await send_four(gate)
        reply = await ask(gate, "cancellations")

        assert (reply.status_code, reply.json()["code"]) == (409, "customs.step-not-allowed")
        assert (await only(gate))["withdrawn"] == ""


class TestRefusedDoors:
    @pytest.mark.parametrize("number", ["A001", "A-RED", "A-YELLOW", "A-WAITS"])
    async def test_follow_the_lattice(self, gate: Running, number: str) -> None:
        """Each door answers 409 exactly where the status allows no such step."""
        if number == "A-WAITS":
            await send(gate, 621, list_621(number))
        else:
            await send_four(gate, number)
        before = await only(gate)
        here = Status(before["status"])
        wanted = {"detain": 501, "send-back": 700}
        for door, code in wanted.items():
            if Status(code) in EDGES[here]:
                continue
            body = {"status": code} if door == "detain" else {}
            reply = await ask(gate, door, **body)
            assert (reply.status_code, reply.json()["code"]) == (409, "customs.step-not-allowed")
        assert await only(gate) == before
