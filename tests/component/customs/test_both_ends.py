"""Both hubs' customs, each with its own database: what one says is what the other needs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stdnum.cn import ric

from services.customs.service import create_service
from services.customs.settings import CustomsSettings
from shared.contracts.customs.events import (
    BuyerChecked,
    DeclarationReleased,
    ExportReleased,
    PreClearanceAnswered,
)
from shared.contracts.orders.events import OrderAmended, OrderLine, OrderPlaced
from tests.builders.customs_events import (
    DESTINATION,
    ORIGIN,
    Parcel,
    departed,
    export_released,
    sealed,
)
from tests.builders.running import Running, running
from tests.component.customs.steps import all_declarations, declaration_of, deliver_together

PARCELS = 117
A_001, A_017 = Parcel("A-001"), Parcel("A-017")


@pytest.fixture
async def seller_s(tmp_path: Path) -> AsyncIterator[Running]:
    """Customs of my-kul, on a database of its own."""
    async with running(
        create_service,
        CustomsSettings,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/origin.db",
        directory=tmp_path / "origin",
        hub=ORIGIN,
        peers=[DESTINATION],
    ) as service:
        yield service


class TestBothEnds:
    async def test_bring_one_parcel_through_on_what_they_say_to_each_other(
        self, seller_s: Running, destination: Running
    ) -> None:
        await destination.hear(A_001.placed())
        await destination.hear(A_001.captured())
        await seller_s.hear(A_001.placed_abroad(), origin=DESTINATION)
        for check in await destination.said(BuyerChecked):
            await seller_s.hear(check, origin=DESTINATION)
        await seller_s.hear(sealed([A_001]))
        await destination.hear(A_001.waybill())
        await destination.hear(A_001.booked(), origin=ORIGIN)
        for release in await seller_s.said(ExportReleased):
            await destination.hear(release, origin=ORIGIN)
        await destination.hear(departed([A_001]), origin=ORIGIN)

        answers = [event.verdict for event in await seller_s.said(PreClearanceAnswered)]

        assert answers == ["accepted"]
        assert (await declaration_of(destination, A_001))["status"] == 800

    async def test_stop_an_order_before_packing_though_its_buyer_is_unknown_there(
        self, seller_s: Running, destination: Running
    ) -> None:
        stranger = A_017.captured(payer_id_number="110101190001010018", payer_name="王伟")
        await seller_s.hear(A_017.placed_abroad(), origin=DESTINATION)
        await destination.hear(A_017.placed())
        await destination.hear(stranger)
        for check in await destination.said(BuyerChecked):
            await seller_s.hear(check, origin=DESTINATION)

        said = await seller_s.said(PreClearanceAnswered)

        assert [event.verdict for event in said] == ["accepted", "refused"]
        assert [finding.code for finding in said[-1].findings] == ["C11"]


class TestAmendedOrder:
    async def test_is_answered_anew_at_the_origin(self, seller_s: Running) -> None:
        """Frozen durian may not go by 9610; the seller had given the wrong code."""
        placed = A_001.placed_abroad()
        durian = placed.model_copy(update={"lines": (_with_code(placed, "0811909021"),)})
        await seller_s.hear(durian, origin=DESTINATION)
        await seller_s.hear(_amended(placed, 1), origin=DESTINATION, times=2)
        await seller_s.hear(durian, origin=DESTINATION)

        said = await seller_s.said(PreClearanceAnswered)

        assert [event.verdict for event in said] == ["refused", "accepted"]

    async def test_is_matched_as_it_is_now_at_the_destination(self, destination: Running) -> None:
        """The buyer's new phone is on the waybill; the old one would be sent back as C11."""
        placed, phone = A_001.placed(), "13800000002"
        await destination.hear(_amended(placed, 1, buyer_phone=phone))
        await destination.hear(placed)
        await destination.hear(A_001.captured())
        await destination.hear(A_001.waybill(consignee_phone=phone))
        await destination.hear(A_001.booked(), origin=ORIGIN)
        await destination.hear(export_released([A_001]), origin=ORIGIN)
        await destination.hear(departed([A_001]), origin=ORIGIN)

        assert (await declaration_of(destination, A_001))["status"] == 800


class TestUnit:
    async def test_of_many_parcels_is_released_as_a_whole(
        self, seller_s: Running, destination: Running
    ) -> None:
        parcels = [Parcel(f"P-{number}", unit="U-1") for number in range(PARCELS)]
        peers = [
            seller_s.envelope(p.placed_abroad(), key=p.order_id, origin=DESTINATION)
            for p in parcels
        ]
        await deliver_together(seller_s, peers)
        await seller_s.hear(sealed(parcels))
        (released,) = await seller_s.said(ExportReleased)
        documents = [
            destination.envelope(event, key=parcel.order_id, origin=origin)
            for number, parcel in enumerate(parcels)
            for event, origin in [
                (parcel.placed(buyer_id_number=buyer(number)), None),
                (parcel.captured(payer_id_number=buyer(number)), None),
                (parcel.waybill(), None),
                (parcel.booked(), ORIGIN),
            ]
        ]
        await deliver_together(destination, documents)
        await destination.hear(released, origin=ORIGIN)
        await destination.hear(departed(parcels), origin=ORIGIN)

        found = await all_declarations(destination)

        assert [one["status"] for one in found] == [800] * len(parcels)
        assert len(await destination.said(DeclarationReleased)) == len(parcels)


def _with_code(placed: OrderPlaced, hs_code: str) -> OrderLine:
    return placed.lines[0].model_copy(update={"hs_code": hs_code})


def _amended(placed: OrderPlaced, amendment: int, **changes: str) -> OrderAmended:
    words = placed.model_dump() | {"amendment": amendment, "amended_at": placed.placed_at}
    return OrderAmended.model_validate(words | changes)


def buyer(number: int) -> str:
    """One of five fictional buyers, each with a right check digit."""
    return BUYERS[number % len(BUYERS)]


def with_check_digit(body: str) -> str:
    return body + str(ric.calc_check_digit(body + "0"))


BUYERS = tuple(with_check_digit(f"33010619000101{serial:03d}") for serial in range(1, 6))
