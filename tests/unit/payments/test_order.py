"""When an order's money may go on: whatever order the facts arrive in."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from services.payments.domain.order import (
    OrderMoney,
    OrderParcel,
    TaxCurrencyDiffers,
    clearance_moment,
    give_back_reason,
    insured,
    tax_due,
)
from services.payments.domain.progress import NextStep
from services.payments.domain.progress import next_step as next_step_at
from services.payments.domain.rules import TaxPeriod
from tests.builders.payments import NOON, a_parcel, an_order

DELIVERED: dict[str, Any] = {"delivered_at": NOON}
CLEARED: dict[str, Any] = {
    "cleared_at": NOON,
    "tax_minor": 637,
    "tax_currency": "CNY",
    "tax_bill_no": "T1",
}


def parcel(number: str, *facts: dict[str, Any]) -> OrderParcel:
    merged: dict[str, Any] = {"logistics_no": number}
    for fact in facts:
        merged |= fact
    return a_parcel(**merged)


def next_step(order: OrderMoney, parcels: list[OrderParcel], **changes: Any) -> NextStep:
    return next_step_at(order, parcels, **{"now": NOON, "inspection": timedelta(0), **changes})


LOST = {"lost_at": NOON, "insured_minor": 7000, "insured_currency": "CNY"}


class TestNextStep:
    @pytest.mark.parametrize("facts", list(itertools.permutations([DELIVERED, CLEARED])))
    def test_releases_once_delivered_and_cleared_in_either_order(
        self, facts: tuple[dict[str, Any], ...]
    ) -> None:
        steps = [next_step(an_order(), [parcel("1", *facts[:n])]) for n in range(3)]

        assert steps == [NextStep.WAIT, NextStep.WAIT, NextStep.RELEASE]

    def test_waits_for_every_parcel_of_the_order(self) -> None:
        done = parcel("1", DELIVERED, CLEARED)

        assert next_step(an_order(), [done, parcel("2")]) is NextStep.WAIT
        assert next_step(an_order(), [done, parcel("2", CLEARED)]) is NextStep.WAIT
        assert next_step(an_order(), [done, parcel("2", {"is_cancelled": True})]) is (
            NextStep.RELEASE
        )

    def test_gives_back_what_was_sent_back_or_cancelled(self) -> None:
        home = parcel("1", {"sent_back_reason": "-621018"})

        assert next_step(an_order(), [home]) is NextStep.GIVE_BACK
        assert next_step(an_order(cancelled_reason="x"), []) is NextStep.GIVE_BACK

    def test_releases_when_part_was_delivered_and_part_sent_back(self) -> None:
        parcels = [parcel("1", DELIVERED, CLEARED), parcel("2", {"sent_back_reason": "x"})]

        assert next_step(an_order(), parcels) is NextStep.RELEASE

    def test_has_nothing_to_do_for_an_order_that_is_released(self) -> None:
        order = an_order(is_released=True)

        assert next_step(order, [parcel("1", DELIVERED, CLEARED)]) is NextStep.WAIT

    def test_waits_until_the_buyer_had_time_to_look(self) -> None:
        parcels = [parcel("1", DELIVERED, CLEARED)]
        week = timedelta(days=7)

        early = next_step(
            an_order(), parcels, now=NOON + week - timedelta(seconds=1), inspection=week
        )
        late = next_step(an_order(), parcels, now=NOON + week, inspection=week)

        assert (early, late) == (NextStep.WAIT, NextStep.RELEASE)

    def test_waits_while_the_payment_is_in_dispute(self) -> None:
        order = an_order(dispute_id="dsp-1")

        assert next_step(order, [parcel("1", DELIVERED, CLEARED)]) is NextStep.WAIT

    def test_gives_back_what_was_lost_on_the_way(self) -> None:
        lost = parcel("1", CLEARED, LOST)

        assert next_step(an_order(), [lost]) is NextStep.GIVE_BACK
        assert give_back_reason(an_order(), [lost]) == "parcel-lost"

    def test_insures_no_more_than_the_order_cost_and_its_tax_bill(self) -> None:
        lost = parcel("1", CLEARED, LOST)
        uninsured = parcel("1", CLEARED, {"lost_at": NOON})

        assert insured(an_order(), [lost]) == 7000 + 637
        over = {**LOST, "insured_minor": 9999}
        assert insured(an_order(), [parcel("1", over)]) == 7000
        abroad = {**LOST, "insured_currency": "MYR"}
        assert insured(an_order(), [parcel("1", abroad)]) == 0
        assert insured(an_order(), [uninsured]) == 0


class TestTaxDue:
    def test_adds_the_bills_of_all_parcels(self) -> None:
        parcels = [parcel("1", CLEARED), parcel("2", CLEARED), parcel("3")]

        assert tax_due(an_order(), parcels) == 1274
        assert clearance_moment(parcels) == NOON

    def test_refuses_a_bill_in_another_currency(self) -> None:
        with pytest.raises(TaxCurrencyDiffers):
            tax_due(an_order(), [parcel("1", {**CLEARED, "tax_currency": "MYR"})])


class TestTaxPeriod:
    def test_names_months_and_quarters(self) -> None:
        assert TaxPeriod.MONTH.of(NOON) == "2026-09"
        assert TaxPeriod.QUARTER.of(NOON) == "2026-Q3"
        assert TaxPeriod.QUARTER.of(NOON.replace(month=12)) == "2026-Q4"
