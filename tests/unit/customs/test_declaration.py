"""The lattice of an import declaration: every step it allows and every one it refuses."""

import itertools

import pytest

from services.customs.domain.basis import Finding
from services.customs.domain.declaration import (
    HISTORY_MAX,
    STEPS_TO_AN_END,
    Declaration,
    Step,
    StepNotAllowed,
)
from services.customs.domain.lanes import Lane
from services.customs.domain.status import DETAINED, EDGES, HELD, Status
from tests.builders.customs import LOGISTICS_NO, NOON, ORDER_NO, cny

ALLOWED = {
    1: {2, 700},
    2: {3, 4},
    3: {100, 120},
    4: {2, 700},
    100: {2, 700},
    120: {300, 500, 700, 800},
    300: {100, 399, 500, 700},
    399: {500, 700, 800},
    500: {501, 502, 503, 599, 700, 800},
    501: {700, 800},
    502: {700, 800},
    503: {700, 800},
    599: {700, 800},
    700: set(),
    800: {899},
    899: set(),
}
SIMULATOR = "simulator"


def declaration(status: Status = Status.STORED, **changes: object) -> Declaration:
    return Declaration(
        id="dec_cn-hgh_1",
        logistics_no=LOGISTICS_NO,
        order_id="ord_cn-hgh_1",
        order_no=ORDER_NO,
        seller_id="mbr_my-kul_1",
        seller_hub="my-kul",
        status=status,
        **changes,  # type: ignore[arg-type]
    )


def accepted(lane: Lane = Lane.GREEN, *, before: Declaration | None = None) -> Declaration:
    sent = (before or declaration()).sent(at=NOON, by=SIMULATOR)
    return sent.accepted(tax=cny("6.37"), lane=lane, at=NOON, by=SIMULATOR, pack_digest="sha256:1")


def routed(lane: Lane, *, before: Declaration | None = None) -> Declaration:
    return accepted(lane, before=before).routed(bill_no="T1", at=NOON, by=SIMULATOR)


class TestLattice:
    @pytest.mark.parametrize(
        ("here", "there"), list(itertools.product(Status, Status)), ids=lambda s: str(int(s))
    )
    def test_allows_exactly_these_steps(self, here: Status, there: Status) -> None:
        before = declaration(here)

        if there.value in ALLOWED[here.value]:
            after = before.moved(there, at=NOON, by="somebody")
            assert (after.status, after.version) == (there, before.version + 1)
            assert after.history[-1].status is there
        else:
            with pytest.raises(StepNotAllowed) as refusal:
                before.moved(there, at=NOON, by="somebody")
            assert refusal.value.details == {"current": here.value, "wanted": there.value}

    def test_reaches_every_status_and_an_end_from_each(self) -> None:
        reached = {Status.STORED}
        for _ in Status:
            reached |= {there for here in reached for there in EDGES[here]}
        ends = {here for here in Status if not EDGES[here]}

        assert reached == set(Status)
        assert ends == {Status.SENT_BACK, Status.CLOSED}


class TestWay:
    def test_of_a_green_parcel_is_straight(self) -> None:
        released = routed(Lane.GREEN)

        assert [step.status.value for step in released.history] == [2, 3, 120, 800]
        assert released.tax_bill is not None
        assert (released.tax_bill.number, released.tax_bill.tax) == ("T1", cny("6.37"))
        assert released.closed(at=NOON, by=SIMULATOR).status is Status.CLOSED

    def test_of_a_returned_parcel_goes_through_amendment(self) -> None:
        finding = Finding(code="C11", field="consignee.phone", remedy="Correct it.")
        returned = (
            declaration()
            .sent(at=NOON, by=SIMULATOR)
            .returned((finding,), at=NOON, by=SIMULATOR, pack_digest="sha256:1", deadline=NOON)
        )

        again = routed(Lane.GREEN, before=returned)

        assert returned.findings == (finding,)
        assert again.findings == ()
        assert [step.status.value for step in again.history] == [2, 3, 100, 2, 3, 120, 800]

    @pytest.mark.parametrize(
        ("lane", "status"),
        [
            (Lane.BLUE, Status.RELEASED),
            (Lane.YELLOW, Status.MANUAL),
            (Lane.RED, Status.INSPECTED),
        ],
    )
    def test_follows_the_lane(self, lane: Lane, status: Status) -> None:
        after = routed(lane)

        assert after.status is status
        assert after.is_held is (status in HELD)

    def test_of_yellow_papers_is_concluded_before_release(self) -> None:
        released = routed(Lane.YELLOW).released(bill_no="T1", at=NOON, by="officer")

        assert [step.status.value for step in released.history[-3:]] == [300, 399, 800]

    @pytest.mark.parametrize("kind", sorted(DETAINED))
    def test_of_detained_goods_ends_in_release_or_return(self, kind: Status) -> None:
        detained = routed(Lane.RED).detained(kind, at=NOON, by="officer", reason="look closer")

        assert detained.released(bill_no="T1", at=NOON, by="officer").status is Status.RELEASED
        sent_back = detained.sent_back(at=NOON, by="officer", reason="not allowed")
        assert sent_back.status is Status.SENT_BACK
        assert sent_back.tax_bill is None


class TestItsEnd:
    def test_can_be_reached_however_often_it_was_amended_and_sent(self) -> None:
        finding = Finding(code="C11", field="consignee.phone", remedy="Correct it.")
        step = Step(status=Status.RETURNED, at=NOON, by="agent")
        often = declaration(Status.RETURNED, history=(step,) * (HISTORY_MAX - STEPS_TO_AN_END))
        with pytest.raises(StepNotAllowed):
            often.sent(at=NOON, by=SIMULATOR)
        with pytest.raises(StepNotAllowed):
            often.amended({1: "2101120000"}, at=NOON, by="agent")

        assert often.sent_back(at=NOON, by=SIMULATOR, reason="x").status is Status.SENT_BACK
        before = declaration(Status.RETURNED, history=often.history[1:], findings=(finding,))
        assert routed(Lane.YELLOW, before=before).released(bill_no="T", at=NOON, by="o").tax_bill


class TestInspected:
    def test_holds_goods_that_are_not_accepted_yet(self) -> None:
        wished = declaration().inspected(at=NOON, by="officer", reason="a tip")

        assert (wished.status, wished.to_inspect) == (Status.STORED, True)
        assert routed(Lane.GREEN, before=wished).status is Status.INSPECTED

    def test_is_wished_once_however_often_it_is_asked(self) -> None:
        once = declaration().inspected(at=NOON, by="officer", reason="a tip")

        assert once.inspected(at=NOON, by="officer", reason="again") == once

    def test_comes_too_late_for_released_goods(self) -> None:
        with pytest.raises(StepNotAllowed):
            routed(Lane.GREEN).inspected(at=NOON, by="officer", reason="a tip")


class TestDetained:
    def test_takes_only_the_kinds_of_detention(self) -> None:
        with pytest.raises(StepNotAllowed):
            routed(Lane.RED).detained(Status.RELEASED, at=NOON, by="officer", reason="?")


class TestReleased:
    @pytest.mark.parametrize("status", [Status.STORED, Status.RETURNED, Status.SENT_BACK])
    def test_is_refused_before_acceptance_and_after_the_end(self, status: Status) -> None:
        with pytest.raises(StepNotAllowed):
            declaration(status, tax=cny("1.00")).released(bill_no="T1", at=NOON, by="officer")
