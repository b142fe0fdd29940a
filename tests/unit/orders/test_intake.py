"""What an order must satisfy to be taken in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain.descriptions import is_vague
from services.orders.domain.intake import (
    AmountNegative,
    AmountsDoNotAddUp,
    CurrenciesDiffer,
    DescriptionVague,
    IdSchemeUnknown,
    LineNumbersRepeated,
    SellerHubUnknown,
    SellerNotOfHub,
    checked,
)
from shared.kernel.codes import CodeInvalid
from shared.kernel.errors import EroadError
from shared.kernel.ids import derived_id
from shared.kernel.money import Money
from tests.builders.orders import (
    MY,
    PERSONAL,
    a_buyer,
    a_draft,
    a_line,
    cny,
    some_amounts,
    some_rules,
)

MYR = Money(637, "MYR")


def refused(**changes: Any) -> EroadError:
    with pytest.raises(EroadError) as refusal:
        checked(a_draft(**changes), some_rules())
    return refusal.value


class TestAmounts:
    def test_of_the_scenario_add_up(self) -> None:
        assert checked(a_draft(), some_rules()) == a_draft()

    @pytest.mark.parametrize("name", ["goods", "freight", "tax", "discount", "paid"])
    def test_are_compared_to_the_minor_unit(self, name: str) -> None:
        off_by_one = cny(getattr(some_amounts(), name).minor + 1)

        error = refused(amounts=some_amounts(**{name: off_by_one}))

        assert isinstance(error, AmountsDoNotAddUp)
        assert error.code == "orders.amounts-do-not-add-up"
        assert error.field == ("goods" if name == "goods" else "paid")

    def test_of_a_line_are_unit_price_times_quantity(self) -> None:
        wrong = a_line(line_no=2, quantity=2)

        error = refused(lines=(a_line(), wrong))

        assert (type(error), error.field) == (AmountsDoNotAddUp, "lines[1].total_price")
        assert error.details == {"expected_minor": 11_600}

    def test_of_a_discount_are_taken_off(self) -> None:
        amounts = some_amounts(discount=cny(100), paid=cny(7_537))

        assert checked(a_draft(amounts=amounts), some_rules()).amounts == amounts

    @given(
        st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 999)), min_size=1, max_size=20),
        st.tuples(*[st.integers(0, 10**6)] * 3),
    )
    def test_add_up_for_whatever_was_added_up(
        self, prices: list[tuple[int, int]], others: tuple[int, int, int]
    ) -> None:
        freight, tax, discount = others
        lines = tuple(
            a_line(
                line_no=number,
                quantity=quantity,
                unit_price=cny(price),
                total_price=cny(price * quantity),
            )
            for number, (price, quantity) in enumerate(prices, 1)
        )
        goods = sum(price * quantity for price, quantity in prices)
        discount = min(discount, goods)
        amounts = some_amounts(
            goods=cny(goods),
            freight=cny(freight),
            tax=cny(tax),
            discount=cny(discount),
            paid=cny(goods + freight + tax - discount),
        )

        checked(a_draft(amounts=amounts, lines=lines), some_rules())

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amounts": some_amounts(tax=MYR)}, "tax"),
            ({"lines": (a_line(unit_price=MYR),)}, "lines[0].unit_price"),
            ({"lines": (a_line(total_price=MYR),)}, "lines[0].total_price"),
        ],
    )
    def test_are_in_one_currency(self, changes: dict[str, Any], field: str) -> None:
        error = refused(**changes)

        assert (type(error), error.field) == (CurrenciesDiffer, field)

    @pytest.mark.parametrize("name", ["goods", "freight", "tax", "discount", "paid"])
    def test_are_never_negative(self, name: str) -> None:
        error = refused(amounts=some_amounts(**{name: cny(-1)}))

        assert (type(error), error.field) == (AmountNegative, name)

    def test_of_a_line_are_never_negative(self) -> None:
        error = refused(lines=(a_line(unit_price=cny(-1), total_price=cny(-1)),))

        assert (type(error), error.field) == (AmountNegative, "lines[0].unit_price")


class TestCodes:
    def test_are_cleaned(self) -> None:
        dotted = a_line(hs_code="2101.12.0000", gtin="955-6000-00001-0")

        [line] = checked(a_draft(lines=(dotted,)), some_rules()).lines

        assert (line.hs_code, line.gtin) == ("2101120000", "9556000000010")

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"gtin": "9556000000011"}, "gtin"),
            ({"hs_code": "210112"}, "hs_code"),
            ({"hs_code": "21011200001"}, "hs_code"),
        ],
    )
    def test_with_a_wrong_digit_or_length_are_refused(
        self, changes: dict[str, Any], field: str
    ) -> None:
        error = refused(lines=(a_line(**changes),))

        assert (type(error), error.field) == (CodeInvalid, f"lines[0].{field}")

    def test_are_as_long_as_the_destination_wants(self) -> None:
        rules = some_rules(hs_digits=8)

        checked(a_draft(lines=(a_line(hs_code="21011200"),)), rules)

    def test_of_goods_without_a_gtin_are_fine(self) -> None:
        checked(a_draft(lines=(a_line(gtin=None),)), some_rules())

    def test_number_the_lines_once(self) -> None:
        amounts = some_amounts(goods=cny(11_600), paid=cny(13_437))

        error = refused(lines=(a_line(), a_line()), amounts=amounts)

        assert isinstance(error, LineNumbersRepeated)


class TestBuyer:
    @pytest.mark.parametrize("number", ["330106190001010018", "33010619000101001", "Lin Shu"])
    def test_needs_a_resident_id_with_its_check_character(self, number: str) -> None:
        error = refused(buyer=a_buyer(id_number=number))

        assert (type(error), error.field) == (CodeInvalid, "buyer.id_number")
        assert number not in str(error)

    def test_needs_none_where_the_country_asks_for_none(self) -> None:
        draft = a_draft(buyer=a_buyer(id_number="900101145001"))

        assert checked(draft, some_rules(id_scheme="any")) == draft

    def test_is_refused_under_a_scheme_that_nobody_here_can_check(self) -> None:
        with pytest.raises(IdSchemeUnknown):
            checked(a_draft(), some_rules(id_scheme="sg-nric"))

    def test_does_not_show_in_a_repr(self) -> None:
        assert not any(datum in repr(a_draft()) for datum in PERSONAL)


class TestSeller:
    def test_is_at_this_hub_or_a_peer(self) -> None:
        error = refused(seller_hub="sg-sin")

        assert (type(error), error.field) == (SellerHubUnknown, "seller_hub")

    def test_is_a_member_of_the_hub_named(self) -> None:
        error = refused(seller_id=derived_id("mbr", "cn-hgh", "seller"))

        assert (type(error), error.field) == (SellerNotOfHub, "seller_id")
        assert MY in error.message


class TestDescriptions:
    @pytest.mark.parametrize(
        "text",
        [
            "gift",
            "Gifts",
            "parts",
            "a GIFT!",
            "auto parts",
            "spare parts for machines",
            "other",
            "goods of all kinds",
            "sample 2",
            "12345",
            "-",
            "x",
            "alat ganti",
            "礼品",
            "个人物品",
            "ｇｉｆｔ",
            "various new items",
            "of the",
        ],
    )
    def test_that_say_nothing_are_vague(self, text: str) -> None:
        assert is_vague(text)

    @pytest.mark.parametrize(
        "text",
        [
            "instant white coffee",
            "coffee gift box",
            "latex pillow",
            "phone",
            "白咖啡",
            "咖啡礼品",
            "leather",
            "3-in-1 coffee",
            "kopi putih",
            "brake pads for cars",
        ],
    )
    def test_that_name_the_good_are_not(self, text: str) -> None:
        assert not is_vague(text)

    def test_that_are_vague_are_refused_by_line(self) -> None:
        error = refused(lines=(a_line(description="gift"),))

        assert (type(error), error.field) == (DescriptionVague, "lines[0].description")
