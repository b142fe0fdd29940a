"""Where the proceeds of an export are, at each edge."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from services.payments.domain.repatriation import (
    ExportedParcel,
    Homecoming,
    Repatriation,
    RepatriationState,
)
from services.payments.usecases.read_law import term_of_proceeds
from shared.packs.loader import load_packs

MALAYSIA = timezone(timedelta(hours=8))
LAST = date(2027, 3, 1)
IN_TIME = datetime(2027, 3, 1, 15, 59, tzinfo=UTC)
A_MINUTE_LATE = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
S = RepatriationState


def a_parcel(number: int = 1, *, home_by: date = LAST) -> ExportedParcel:
    return ExportedParcel(
        parcel_id=f"pcl_{number}",
        order_id="ord_1",
        order_no="A-001",
        declaration_id="exp_1",
        form="K2",
        fob_minor=5800,
        fob_currency="CNY",
        exported_at=datetime(2026, 9, 1, tzinfo=UTC),
        home_by=home_by,
    )


def came(amount: int, at: datetime) -> Homecoming:
    return Homecoming(
        window_id="win_1",
        debtor="cn-hgh",
        amount_minor=amount,
        currency="CNY",
        settled_at=at,
        sheet_sha256="a",
        our_signature="b",
        their_signature="c",
    )


def state(
    *received: Homecoming, today: date = LAST, owed: int = 0, given_back: bool = False
) -> RepatriationState:
    one = Repatriation(
        parcels=[a_parcel()], received=received, owed_minor=owed, is_given_back=given_back
    )
    return one.state(today=today, zone=MALAYSIA)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (state(), S.AWAITED),
        (state(today=LAST + timedelta(days=1)), S.OVERDUE),
        (state(came(6710, IN_TIME)), S.HOME),
        (state(came(6710, A_MINUTE_LATE)), S.LATE),
        (state(came(6000, IN_TIME), came(710, A_MINUTE_LATE)), S.LATE),
        (state(came(6000, IN_TIME), owed=710), S.AWAITED),
        (state(came(6000, IN_TIME), owed=710, today=LAST + timedelta(days=1)), S.OVERDUE),
        (state(came(6710, IN_TIME), owed=-10), S.HOME),
        (state(came(0, IN_TIME)), S.AWAITED),
        (state(given_back=True, today=LAST + timedelta(days=1)), S.NOTHING_DUE),
        (state(came(6710, IN_TIME), given_back=True), S.HOME),
    ],
)
def test_money_is(seen: RepatriationState, expected: RepatriationState) -> None:
    assert seen is expected


def test_the_parcel_that_left_first_sets_the_day() -> None:
    one = Repatriation(
        parcels=[a_parcel(1), a_parcel(2, home_by=LAST - timedelta(days=3))],
        received=(),
        owed_minor=0,
        is_given_back=False,
    )
    assert one.home_by == LAST - timedelta(days=3)


class TestTerm:
    """M9, as the pack of each country has it."""

    def test_is_six_months_in_malaysia_and_ends_with_a_shorter_month(self) -> None:
        home_by = term_of_proceeds(load_packs(), "my-kul")

        assert home_by(date(2026, 9, 1)) == date(2027, 3, 1)
        assert home_by(date(2026, 8, 31)) == date(2027, 2, 28)

    def test_is_not_there_before_the_rule_nor_elsewhere(self) -> None:
        packs = load_packs()

        assert term_of_proceeds(packs, "my-kul")(date(2021, 4, 14)) is None
        assert term_of_proceeds(packs, "cn-hgh")(date(2026, 9, 1)) is None
        assert term_of_proceeds(packs, "sg-sin")(date(2026, 9, 1)) is None
