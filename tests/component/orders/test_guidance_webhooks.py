"""Whoever asked `permits` is told by webhook when the answer would come out otherwise."""

import json
from typing import Any

import pytest

from shared.client import read_webhook
from shared.contracts.orders.webhooks import GuidanceMessage
from shared.contracts.permits.events import GuidanceSuperseded
from shared.kernel.ids import derived_id
from tests.builders.running import NOON, Running
from tests.builders.webhooks import URL, Shop, deliver_all, endpoint, the_log

ASKER = derived_id("mbr", "cn-hgh", "a member")
SELLER = derived_id("mbr", "cn-hgh", "a seller who asked")
ANSWER = derived_id("ans", "cn-hgh", "an answer")
REASON = "verdict allowed -> blocked"


def superseded(asker_id: str, **changes: Any) -> GuidanceSuperseded:
    words = {"answer_id": ANSWER, "asker_id": asker_id, "reason": REASON, "at": NOON}
    return GuidanceSuperseded.model_validate(words | changes)


async def test_the_asker_is_told_once_although_the_event_comes_twice(
    orders: Running, shop: Shop
) -> None:
    made = await endpoint(orders)
    await orders.hear(superseded(ASKER), key=ANSWER, times=2)

    await deliver_all(orders, shop)

    [(url, headers, body)] = shop.got
    message = read_webhook(
        headers,
        json.dumps(body, separators=(",", ":")).encode(),
        key=made["public_key"],
        now=orders.clock.now(),
    )
    assert url == URL
    assert isinstance(message, GuidanceMessage)
    assert (message.data.answer_id, message.data.reason) == (ANSWER, REASON)
    [delivery] = await the_log(orders, answer_id=ANSWER)
    assert (delivery["type"], delivery["state"]) == ("guidance.superseded", "delivered")
    assert (delivery["answer_id"], delivery["order_id"]) == (ANSWER, None)


async def test_an_answer_asked_for_anew_is_told_of_again_in_its_sequence(
    orders: Running, shop: Shop
) -> None:
    await endpoint(orders)
    shop.answer = lambda url: 500
    await orders.hear(superseded(ASKER), key=ANSWER)
    await orders.hear(superseded(ASKER, reason="days 3 -> 5"), key=ANSWER)

    await deliver_all(orders, shop)

    told = await the_log(orders, answer_id=ANSWER)
    assert sorted(one["sequence"] for one in told) == [1, 2]
    assert [body["data"]["reason"] for _, _, body in shop.got] == [REASON]


async def test_nobody_else_is_told(orders: Running, shop: Shop) -> None:
    await endpoint(orders)
    await orders.hear(superseded(SELLER), key=ANSWER)

    await deliver_all(orders, shop)

    assert shop.got == []


async def test_the_word_of_a_peer_is_not_heard(orders: Running, shop: Shop) -> None:
    await endpoint(orders)
    await orders.hear(superseded(ASKER), key=ANSWER, origin="my-kul")

    await deliver_all(orders, shop)

    assert shop.got == []


@pytest.mark.parametrize("scope", ["orders:answer", "permits:write"])
async def test_sellers_and_agents_name_addresses_too(
    orders: Running, shop: Shop, scope: str
) -> None:
    seller = orders.office.headers("orders:read", scope, member_id=SELLER)
    reply = await orders.post("/v1/webhook-endpoints", {"url": URL}, headers=seller)
    await orders.hear(superseded(SELLER), key=ANSWER)

    await deliver_all(orders, shop)

    assert reply.status_code == 201
    assert [body["type"] for _, _, body in shop.got] == ["guidance.superseded"]
