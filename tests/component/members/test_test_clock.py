"""The clock of test mode: moved by the operator, forward only, and nowhere but in test mode."""

from datetime import timedelta
from typing import Any

import pytest

from shared.runtime.service import Service
from tests.builders.running import NOON, Running

PATH = "/v1/test-clock"


def wire(days: int) -> str:
    return (NOON + timedelta(days=days)).isoformat()


class TestTestClock:
    async def test_moves_forward_and_takes_tokens_with_it(self, members: Running) -> None:
        before = await members.http.get(PATH)
        moved = await members.http.post(PATH, json={"to": wire(34)})
        stale = await members.http.get(PATH)
        members.wait(timedelta())
        after = await members.http.get(PATH)

        assert before.json() == {"now": "2026-09-01T12:00:00Z"}
        assert moved.json() == after.json() == {"now": "2026-10-05T12:00:00Z"}
        assert (stale.status_code, stale.json()["code"]) == (401, "token-invalid")

    @pytest.mark.parametrize(
        ("to", "status", "code"),
        [
            (wire(-1), 409, "clock-only-forward"),
            (wire(0), 409, "clock-only-forward"),
            (wire(401), 422, "clock-too-far"),
            ("2026-10-05T12:00:00", 422, "request-invalid"),
        ],
    )
    async def test_refuses_other_steps(
        self, members: Running, to: str, status: int, code: str
    ) -> None:
        reply = await members.http.post(PATH, json={"to": to})

        assert (reply.status_code, reply.json()["code"]) == (status, code)
        assert members.clock.now() == NOON

    async def test_is_the_operators(self, members: Running) -> None:
        headers = members.office.headers("orders:write")

        reply = await members.http.post(PATH, json={"to": wire(1)}, headers=headers)

        assert (reply.status_code, reply.json()["scope"]) == (403, "hub:operate")

    async def test_is_not_there_in_a_live_hub(self, members: Running) -> None:
        settings = members.service.settings.model_copy(update={"profile": "live"})
        live = _with_settings(members.service, settings)

        paths = {getattr(route, "path", "") for route in live.app.routes}

        assert PATH not in paths


def _with_settings(service: Service, settings: Any) -> Service:
    return Service(
        name=service.name,
        settings=settings,
        store=service.store,
        migrations=service.migrations,
        bus=service.bus,
        verifier=service.verifier,
        description=service.description,
        routers=[],
    )
