"""Two hubs settle: equal signed sheets, money home, a difference that names its transfer."""

from sqlalchemy import update

from services.payments.store.finance_tables import obligation
from shared.contracts.payments.events import (
    ProceedsReceived,
    ProceedsReleased,
    SheetSigned,
)
from tests.component.payments.settling import Lane, close, owed
from tests.component.payments.story import (
    CN,
    MY,
    ORDER,
    balance,
    check,
    tick,
)


class TestWindow:
    async def test_is_signed_alike_by_both_paid_and_brings_the_proceeds_home(
        self, lane: Lane
    ) -> None:
        await owed(lane)

        closed = await close(lane)
        await lane.settle()

        assert (closed["status"], closed["net"]["amount_minor"]) == (201, 6710)
        ends = [await lane.window(at, closed["id"]) for at in (lane.buyers, lane.sellers)]
        assert [end["state"] for end in ends] == ["settled", "settled"]
        assert ends[0]["ours_sha256"] == ends[1]["ours_sha256"] == ends[1]["theirs_sha256"]
        assert await balance(lane.buyers, f"due_to_hub:{MY}") == 0
        assert await balance(lane.sellers, f"due_from_hub:{CN}") == 0
        assert await balance(lane.buyers, "bank:simulated") == -6710
        assert await balance(lane.sellers, "bank:simulated") == 6710
        (home,) = await lane.sellers.said(ProceedsReceived)
        assert (home.order_id, home.amount.amount_minor) == (ORDER, 6710)
        await check(lane.buyers)
        await check(lane.sellers)

    async def test_waits_for_legs_that_are_still_on_the_road(self, lane: Lane) -> None:
        await owed(lane)
        closed = await close(lane)
        (sheet,) = [e for e in await lane.buyers.envelopes() if e.type == SheetSigned.wire_name]

        await lane.sellers.deliver(sheet)
        await tick(lane.sellers)
        early = await lane.window(lane.sellers, closed["id"])
        lane.carried.add(sheet.id)
        await lane.settle()
        late = await lane.window(lane.sellers, closed["id"])

        assert (early["state"], "ours_sha256" in early and early["ours_sha256"]) == ("closed", None)
        assert late["state"] == "settled"

    async def test_is_stopped_by_a_difference_and_names_the_transfer(self, lane: Lane) -> None:
        await owed(lane)
        await lane.carry()
        async with lane.sellers.service.store.transaction() as tx:
            await tx.connection.execute(update(obligation).values(amount_minor=6711))

        closed = await close(lane)
        await lane.settle()

        (told,) = await lane.buyers.said(ProceedsReleased)
        for at in (lane.buyers, lane.sellers):
            window = await lane.window(at, closed["id"])
            assert window["state"] == "disputed"
            assert window["difference"] == f"1 {told.transfer_id}"
        assert await balance(lane.buyers, "bank:simulated") == 0

    async def test_is_closed_once_and_only_when_something_is_owed(self, lane: Lane) -> None:
        empty = await close(lane)
        await owed(lane)
        await close(lane)
        second = await close(lane)

        assert (empty["status"], empty["code"]) == (409, "payments.nothing-to-settle")
        assert (second["status"], second["code"]) == (409, "payments.window-state")

    async def test_with_a_forged_signature_is_set_aside(self, lane: Lane) -> None:
        await owed(lane)
        await close(lane)
        (said,) = await lane.buyers.said(SheetSigned)
        forged = said.model_copy(update={"signature": "00" * 64})

        await lane.sellers.hear(forged, key=said.window_id, origin=CN)

        assert "signature" in (await lane.sellers.quarantined())[0][1]
