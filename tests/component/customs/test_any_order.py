"""Whatever comes first, and however often: the documents of a parcel end in the same state."""

import asyncio
import itertools
from typing import Any

import pytest

from shared.contracts.customs.events import BuyerChecked, DeclarationReleased
from shared.contracts.event import Envelope, Event
from shared.kernel.errors import Unavailable
from tests.builders.customs_events import ORIGIN, PEERS, WRONG_PHONE, Parcel
from tests.builders.running import Running
from tests.component.customs.steps import (
    all_declarations,
    declaration_of,
    deliver_together,
    hear_all,
)

ORDERS = [*itertools.permutations(range(7))][::37]
"""137 of the 5,040 orders of seven documents: any four of them come in all 24 orders."""
CONCURRENT = 40
ATTEMPTS_MAX = 1_000


def documents(parcel: Parcel) -> list[tuple[str, Event]]:
    """The six documents and a waybill that is wrong until its correction."""
    named = parcel.documents()
    named["waybill"] = parcel.waybill(version=2)
    return [("waybill", parcel.waybill(consignee_phone=WRONG_PHONE)), *named.items()]


def enveloped(customs: Running, parcel: Parcel) -> list[Envelope]:
    return [
        customs.envelope(event, key=parcel.number, origin=ORIGIN if name in PEERS else None)
        for name, event in documents(parcel)
    ]


def outcome(found: dict[str, Any]) -> dict[str, Any]:
    """What a declaration comes to, without the way it took and the names that tell it apart."""
    told_apart = {"id", "logistics_no", "order_id", "order_no", "tax_bill_no"}
    way = {"history", "version"}
    return {name: value for name, value in found.items() if name not in told_apart | way}


class TestAnyOrder:
    async def test_of_the_documents_each_twice_ends_in_the_same_state(
        self, destination: Running
    ) -> None:
        parcels = [Parcel(f"P-{number}") for number in range(len(ORDERS))]
        envelopes = [enveloped(destination, parcel) for parcel in parcels]
        for turn in range(7):
            heard = [some[order[turn]] for some, order in zip(envelopes, ORDERS, strict=True)]
            await deliver_together(destination, heard)
            await deliver_together(destination, heard)

        found = await all_declarations(destination)
        released = await destination.said(DeclarationReleased)
        checked: dict[str, tuple[str, ...]] = {}
        for event in await destination.said(BuyerChecked):
            checked[event.order_id] = event.checked

        assert [one["status"] for one in found] == [800] * len(ORDERS)
        assert all(outcome(one) == outcome(found[0]) for one in found)
        assert sorted(event.order_id for event in released) == sorted(p.order_id for p in parcels)
        assert set(checked.values()) == {("annual-limit", "payer")}
        assert await destination.quarantined() == []

    async def test_is_the_same_when_documents_come_at_the_same_moment(
        self, destination: Running
    ) -> None:
        parcels = [Parcel(f"P-{number}") for number in range(CONCURRENT)]
        for parcel in parcels:
            await hear_all(destination, parcel, besides=["order", "waybill", "departure"])

        async def deliver_all(name: str) -> None:
            """As the consumer loop of one topic does: one by one, what is busy tried again."""
            origin = ORIGIN if name in PEERS else None
            for parcel in parcels:
                envelope = destination.envelope(
                    parcel.documents()[name], key=parcel.number, origin=origin
                )
                await until_done(destination, envelope)

        await asyncio.gather(*(deliver_all(name) for name in ("order", "waybill", "departure")))

        assert {(await declaration_of(destination, p))["status"] for p in parcels} == {800}


async def until_done(customs: Running, envelope: Envelope) -> None:
    for _ in range(ATTEMPTS_MAX):
        try:
            await customs.deliver(envelope)
        except Unavailable:
            await asyncio.sleep(0)
        else:
            return
    pytest.fail("busy for too long")
