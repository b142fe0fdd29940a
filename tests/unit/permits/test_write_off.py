"""Which lines pay for what left, and the promise that no line ever pays more than it has."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.permits.domain.licence import Licence, LineOverdrawn
from services.permits.domain.states import LicenceState, StepNotAllowed
from services.permits.domain.units import QuantityTooLarge, UnitNotMeasured, measured
from services.permits.domain.write_off import GoodsThatLeft, Plan, plan_uses
from tests.builders.permits import NOON, a_licence, a_line, some_goods

AFTER = NOON + timedelta(hours=1)


def plan(goods: list[GoodsThatLeft], *licences: Licence, **options: object) -> Plan:
    return plan_uses(goods, licences, **{"destination": "CN", "at": AFTER, **options})  # type: ignore[arg-type]


def taken(result: Plan) -> list[tuple[str, int]]:
    return [(use.permit_id, use.quantity) for use in result.uses]


class TestPlan:
    @pytest.mark.parametrize(("one", "other"), [("a", "b"), ("b", "a")])
    def test_uses_first_what_ends_first(self, one: str, other: str) -> None:
        late = a_licence(one)
        soon = a_licence(other, valid_until=NOON + timedelta(days=2))

        result = plan([some_goods(quantity=130)], late, soon)

        assert sorted(taken(result)) == sorted([(soon.id, 128), (late.id, 2)])

    def test_uses_one_permit_of_every_type(self) -> None:
        health, export = a_licence("1"), a_licence("2", permit_type="maqis-export-permit")

        result = plan([some_goods(quantity=5)], health, export)

        assert sorted(taken(result)) == sorted([(health.id, 5), (export.id, 5)])

    def test_covers_goods_whole_or_not_at_all(self) -> None:
        result = plan([some_goods(quantity=129)], a_licence())

        assert result.uses == ()
        assert [(r.quantity, r.left, r.reason) for r in result.refused] == [
            (129, 128, "not-enough-left")
        ]

    def test_matches_the_six_digits_that_two_countries_share(self) -> None:
        malaysian = a_licence("1", a_line(hs_code="2101121000"))

        assert taken(plan([some_goods(hs_code="2101120000")], malaysian)) != []
        assert taken(plan([some_goods(hs_code="2101110000")], malaysian)) == []

    def test_weighs_what_is_permitted_by_weight(self) -> None:
        by_weight = a_licence("1", a_line(unit="GRM", quantity=100_000))

        assert taken(plan([some_goods(net_weight_g=72_960)], by_weight)) == [(by_weight.id, 72_960)]

    def test_takes_the_permits_that_were_shown(self) -> None:
        soon = a_licence("soon", valid_until=NOON + timedelta(days=2))
        shown = a_licence("shown")

        result = plan([some_goods(quantity=1, permit_nos=(shown.permit_no,))], soon, shown)

        assert taken(result) == [(shown.id, 1)]

    def test_judges_by_the_moment_of_release(self) -> None:
        licence = a_licence().suspended(reason="doubts", at=AFTER + timedelta(hours=1))
        goods = [some_goods(quantity=1)]

        before = plan(goods, licence, at=NOON - timedelta(seconds=1))
        during = plan(goods, licence, at=AFTER)
        while_suspended = plan(goods, licence, at=AFTER + timedelta(hours=2))
        at_the_end = plan(goods, licence, at=licence.valid_until)

        assert (before.uses, before.refused) == ((), ())
        assert taken(during) == [(licence.id, 1)]
        assert [r.reason for r in while_suspended.refused] == ["suspended"]
        assert (at_the_end.uses, at_the_end.refused) == ((), ())

    def test_counts_what_an_earlier_release_of_the_declaration_gave_back(self) -> None:
        full = a_licence("1", a_line(used=128))

        result = plan([some_goods(quantity=128)], full, given_back={(full.id, 1): 128})

        assert taken(result) == [(full.id, 128)]

    @settings(max_examples=200, deadline=None)
    @given(
        left=st.lists(st.integers(1, 50), min_size=1, max_size=4),
        wanted=st.lists(st.integers(1, 60), min_size=1, max_size=8),
    )
    def test_never_takes_more_than_there_is_nor_refuses_what_would_fit(
        self, left: list[int], wanted: list[int]
    ) -> None:
        licences = [a_licence(str(n), a_line(quantity=q)) for n, q in enumerate(left)]
        goods = [some_goods(quantity=quantity) for quantity in wanted]

        result = plan(goods, *licences)

        by_id = dict(taken(result))
        assert all(by_id.get(licence.id, 0) <= licence.lines[0].left for licence in licences)
        refused = [each.quantity for each in result.refused]
        assert sum(by_id.values()) + sum(refused) == sum(wanted)
        assert all(each.quantity > each.left for each in result.refused)


def done(one: Licence, deed: str, by: int, at: datetime) -> Licence:
    match deed:
        case "s":
            return one.suspended(reason="r", at=at)
        case "r":
            return one.reinstated(reason="r", at=at)
        case "v":
            return one.revoked(reason="r", at=at)
        case "g":
            return one.surrendered(reason="r", at=at)
        case "x":
            return one.expired(at=at)
    return one.with_line_changed(1, by=by, at=at)


class TestLicence:
    def test_refuses_a_line_used_beyond_its_quantity_or_given_back_beyond_its_use(self) -> None:
        for by in (129, -1):
            with pytest.raises(LineOverdrawn):
                a_licence().with_line_changed(1, by=by, at=AFTER)

    def test_is_exhausted_once_every_line_is(self) -> None:
        two = a_licence("1", a_line(), a_line(line_no=2, quantity=1))

        half = two.with_line_changed(1, by=128, at=AFTER)
        whole = half.with_line_changed(2, by=1, at=AFTER)

        assert (half.state, whole.state) == (LicenceState.ISSUED, LicenceState.EXHAUSTED)

    def test_comes_back_when_use_is_given_back(self) -> None:
        used_up = a_licence().with_line_changed(1, by=128, at=AFTER)

        assert used_up.with_line_changed(1, by=-1, at=AFTER).state is LicenceState.REINSTATED

    def test_that_is_used_up_while_suspended_is_exhausted_when_it_comes_back(self) -> None:
        suspended = a_licence().suspended(reason="doubts", at=AFTER)
        used_up = suspended.with_line_changed(1, by=128, at=AFTER)

        back = used_up.reinstated(reason="no doubts", at=AFTER)

        assert used_up.state is LicenceState.SUSPENDED
        assert [entry.state.value for entry in back.history[-2:]] == ["reinstated", "exhausted"]

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.tuples(st.sampled_from([*"ssrruuuuuuvgx"]), st.integers(-20, 60)), max_size=20)
    )
    def test_stays_within_its_bounds_on_any_walk(self, walk: list[tuple[str, int]]) -> None:
        licence = a_licence()
        for hour, (deed, by) in enumerate(walk):
            try:
                licence = done(licence, deed, by, NOON + timedelta(hours=hour))
            except (StepNotAllowed, LineOverdrawn):
                continue
            line = licence.lines[0]
            assert 0 <= line.used <= line.quantity
            if licence.state in {LicenceState.ISSUED, LicenceState.REINSTATED}:
                assert not licence.is_used_up
            if licence.state is LicenceState.EXHAUSTED:
                assert licence.is_used_up


class TestUnits:
    def test_are_pieces_or_grams(self) -> None:
        assert measured(3, "TNE", field="f").quantity == 3_000_000
        assert measured(3, "NMP", field="f").unit == "NMP"

    def test_refuse_litres_and_what_can_not_be_counted(self) -> None:
        with pytest.raises(UnitNotMeasured):
            measured(3, "LTR", field="f")
        with pytest.raises(QuantityTooLarge):
            measured(1_001, "TNE", field="f")
