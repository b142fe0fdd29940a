"""Secrets of webhooks in the database: sealed, sealed anew under a new key, and still in use."""

import base64
import json
from pathlib import Path

from sqlalchemy import select

from services.orders.service import create_service
from services.orders.settings import OrdersSettings
from services.orders.store.tables import webhook_endpoint
from services.orders.store.vault import Vault
from shared.client import read_webhook
from tests.builders.orders import an_order_body
from tests.builders.running import Running, running
from tests.builders.webhooks import Shop, an_order, deliver_all, endpoint

COLUMN = list(webhook_endpoint.columns.keys()).index("secret")
ONE, TWO = (base64.b64encode(bytes(range(n, n + 32))).decode() for n in (0, 1))


async def kept(orders: Running) -> list[str]:
    """Everything that the table of endpoints holds, as text."""
    async with orders.service.store.database.reading() as connection:
        [row] = (await connection.execute(select(webhook_endpoint))).all()
    return [str(value) for value in row]


class TestSealedSecrets:
    async def test_follow_the_keys_from_one_start_to_the_next(
        self, database_url: str, tmp_path: Path, shop: Shop
    ) -> None:
        made: dict[str, str] = {}
        seen: list[list[str]] = []
        for run, keys in enumerate(["", ONE, f"{TWO}\n{ONE}", TWO]):
            async with running(
                create_service,
                OrdersSettings,
                database_url=database_url,
                directory=tmp_path,
                vault_keys=keys,
                is_migrated=run > 0,
            ) as orders:
                made = made or await endpoint(orders)
                seen.append(await kept(orders))
                body, key = an_order_body(order_no=f"A-{run}"), {"Idempotency-Key": f"run-{run}"}
                assert (await orders.post("/v1/orders", body, headers=key)).status_code == 201
                await deliver_all(orders, shop)

        open_, *sealed = ["\n".join(row) for row in seen]
        assert made["secret"] in open_
        assert all(made["secret"] not in row and "whsk_" not in row for row in sealed)
        one, two = (Vault.from_text(key) for key in (ONE, TWO))
        newest = [[key.is_current(row[COLUMN]) for key in (one, two)] for row in seen[1:]]
        assert newest == [[True, False], [False, True], [False, True]]
        assert len(shop.got) == 4

    async def test_sign_as_before(self, database_url: str, tmp_path: Path, shop: Shop) -> None:
        async with running(
            create_service,
            OrdersSettings,
            database_url=database_url,
            directory=tmp_path,
            vault_keys=ONE,
        ) as orders:
            made = await endpoint(orders)
            rotated = await orders.post(f"/v1/webhook-endpoints/{made['id']}/rotate")
            await an_order(orders)
            await deliver_all(orders, shop)
            [(_, headers, said)] = shop.got
            now = orders.clock.now()

        body = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
        keys = (made["secret"], rotated.json()["secret"], made["public_key"])
        types = [read_webhook(headers, body, key=key, now=now).type for key in keys]
        assert types == ["order.order-placed"] * 3
