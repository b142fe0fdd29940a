"""The TypeScript client, compiled strictly and run by node against a hub on a real port."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.processes import free_ports
from services.orders.api.order_rows import COLUMNS
from shared.kernel.clock import SystemClock
from shared.kernel.ids import derived_id
from shared.runtime.main import http_server
from shared.web.webhooks import new_secret, new_signing_key, public_key_of, signed_headers
from tests.builders.hubs import Mesh
from tests.builders.journey import ABROAD, Journey
from tests.builders.typescript import compiled, node

SHOP = Path(__file__).with_name("shop.ts")
LOOPBACK = "127.0.0.1"
RUN_TIMEOUT_S = 60

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.xdist_group("journeys"),
    # Which database the hub has is nothing that a client could see.
    pytest.mark.parametrize("mesh", ["sqlite"], indirect=True),
]


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[str]:
    """Serve a hub's front on a port of this machine; yields its address."""
    [port] = free_ports(1)
    server = http_server(app, host=LOOPBACK, port=port)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.01)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.should_exit = True
        await serving


async def said_by(program: Path, told: dict[str, Any]) -> dict[str, Any]:
    """Run a program by node; return the JSON that it prints."""
    # Node 18, which Debian 12 has, hides Web Crypto behind this option.
    argv = (node(), "--experimental-global-webcrypto", program, json.dumps(told))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, stdout=pipe, stderr=pipe)
    try:
        out, err = await asyncio.wait_for(process.communicate(), RUN_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, err.decode()
    said: dict[str, Any] = json.loads(out)
    return said


def signed_messages(now: datetime) -> dict[str, dict[str, Any]]:
    """Webhooks as a hub signs them, and as nobody should believe them, each with a key to check."""
    secret, private = new_secret(), new_signing_key()
    news = {
        "order_id": derived_id("ord", ABROAD, "a"),
        "order_no": "TS-1",
        "platform_code": "TASIK",
        "state": "paid",
        "entry": {
            "sequence": 2,
            "kind": "payments.captured",
            "hub": ABROAD,
            "occurred_at": now.isoformat(),
            "recorded_at": now.isoformat(),
        },
    }
    message = {"type": "order.paid", "timestamp": now.isoformat(), "data": news}
    body = json.dumps(message).encode()
    marked = b'"order_no": "TS-2", ' + b'"order_no"'
    keys, known = [secret, private], public_key_of(private)

    def signed(
        body: bytes, key: str, *, at: datetime = now, carried: bytes | None = None
    ) -> dict[str, Any]:
        headers = signed_headers("whd_1", body, at=at, keys=keys)
        return {"headers": headers, "body": base64.b64encode(carried or body).decode(), "key": key}

    return {
        "by secret": signed(body, secret),
        "by public key": signed(body, known),
        "with another secret": signed(body, new_secret()),
        "with another public key": signed(body, public_key_of(new_signing_key())),
        "altered": signed(body, known, carried=body.replace(b"TS-1", b"TS-2")),
        "old": signed(body, secret, at=now - timedelta(minutes=6)),
        "a name twice": signed(body.replace(b'"order_no"', marked), secret),
        "UTF-16": signed(body.decode().encode("utf-16"), secret),
        "without headers": signed(body, secret) | {"headers": {}},
    }


class TestTypeScriptClient:
    async def test_sells_through_a_hub(self, mesh: Mesh, tmp_path: Path) -> None:
        programs = compiled([SHOP], tmp_path)
        journey = Journey(mesh, name="typescript", orders=3)
        await journey.cast.register()
        for order in journey.orders:
            order.tax_minor = 6_37
        marketplace = journey.cast.marketplace
        now = SystemClock().now()

        async with listening(mesh.hubs[ABROAD].app) as url:
            said = await said_by(
                programs / "shop.js",
                {
                    "url": url,
                    "client_id": marketplace.client_id,
                    "secret": marketplace.secret,
                    "orders": [journey.out.order_body(order) for order in journey.orders],
                    "file": ",".join(COLUMNS) + "\nTASIK,TS-9\n",
                    "webhooks": signed_messages(now),
                    "now": now.isoformat(),
                },
            )

        webhooks, busy, lapsed = (said.pop(name) for name in ("webhooks", "busy", "lapsed"))
        assert said == {
            "state": "placed",
            "same": True,
            "keys": 1,  # the order was sent three times: the first reply was lost
            "pauses": 1,
            "bulk": 2,
            "twice": [409, "orders.order-exists"],
            "wrong": [422, "orders.currencies-differ", "tax"],
            "stale": [409, "orders.order-changed"],
            "stranger": 401,
            "unreachable": True,
            "numbers": [order.order_no for order in journey.orders],
            "kinds": ["order-placed"],
            "work": ["succeeded", 1, ["currency-unknown"]],
            "ended": {"end": "failed", "now": 2},
            "endless": {"end": "opn has done 3 of 9", "now": 2.5},
        }
        *waited, last = busy.pop("waited")
        assert busy == {"end": "done", "asked": ["token", "token", *["cancel"] * 3], "keys": 1}
        assert waited == [2, 30]  # a hub that says more than half a minute is asked before
        assert 0.5 <= last <= 1
        assert lapsed == {
            "end": 500,
            "asked": ["token", "cancel", "cancel", "token", "cancel"],
            "keys": 1,
            "waited": [0],
        }
        assert {name: text for name, text in webhooks.items() if name.startswith("by ")} == {
            "by secret": "TS-1",
            "by public key": "TS-1",
        }
        assert {name for name, text in webhooks.items() if text.startswith("forged: ")} == {
            *("with another secret", "with another public key", "altered", "old"),
            *("a name twice", "UTF-16", "without headers"),
        }
