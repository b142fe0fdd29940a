"""When an order may be packed, and what is said when it may not."""

import pytest

from services.logistics.domain.booking import (
    HeardOrder,
    NotPaid,
    NotPreCleared,
    OrderCalledOff,
    PreClearanceRefused,
    Verdict,
)
from shared.kernel.money import Money
from tests.builders.logistics import an_id


def an_order(**changes: object) -> HeardOrder:
    facts: dict[str, object] = {
        "order_id": an_id("ord", "1", "cn-hgh"),
        "order_no": "TASIK-1",
        "seller_id": an_id("mbr", "seller"),
        "buyer_hub": "cn-hgh",
        "verdict": Verdict.ACCEPTED,
        "captured": Money(7_637, "CNY"),
    }
    return HeardOrder(**{**facts, **changes})  # type: ignore[arg-type]


class TestBooking:
    def test_is_open_to_an_order_that_is_cleared_and_paid(self) -> None:
        an_order().check_bookable()

    @pytest.mark.parametrize(
        ("changes", "refusal"),
        [
            ({"cancelled": True}, OrderCalledOff),
            ({"verdict": None}, NotPreCleared),
            ({"verdict": Verdict.REFUSED}, PreClearanceRefused),
            ({"captured": None}, NotPaid),
            ({"refunded": Money(7_637, "CNY")}, NotPaid),
            ({"verdict": None, "captured": None}, NotPreCleared),
        ],
    )
    def test_names_the_first_thing_that_is_missing(
        self, changes: dict[str, object], refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            an_order(**changes).check_bookable()

    @pytest.mark.parametrize("changes", [{"verdict": None}, {"captured": None}])
    def test_says_when_to_come_back_for_what_is_on_its_way(
        self, changes: dict[str, object]
    ) -> None:
        with pytest.raises((NotPreCleared, NotPaid)) as refusal:
            an_order(**changes).check_bookable()

        assert refusal.value.details["retry_after_s"] == 5
        assert refusal.value.help

    def test_is_open_to_an_order_of_which_a_part_was_refunded(self) -> None:
        order = an_order().gave_back(Money(3_000, "CNY"))
        order.check_bookable()

        with pytest.raises(NotPaid):
            order.gave_back(Money(4_637, "CNY")).check_bookable()

    def test_sees_a_refund_that_came_before_its_payment(self) -> None:
        assert not an_order(captured=None).gave_back(Money(7_637, "CNY")).paid


class TestSeller:
    HUB = "my-kul"

    def test_and_platform_may_book_where_the_order_is_sold(self) -> None:
        order = an_order(seller_hub=self.HUB, marketplace_id=an_id("mbr", "tasik", "cn-hgh"))

        assert order.sold_by(order.seller_id, hub=self.HUB)
        assert order.sold_by(order.marketplace_id, hub=self.HUB)
        assert not order.sold_by(order.seller_id, hub="cn-hgh")
        assert not order.sold_by(an_id("mbr", "stranger"), hub=self.HUB)

    def test_of_an_order_that_nobody_told_of_is_nobody(self) -> None:
        unknown = HeardOrder(order_id=an_id("ord", "1", "cn-hgh"), seller_hub=self.HUB)

        assert not unknown.known
        assert not unknown.sold_by("", hub=self.HUB)
