"""Exchange: locked amounts, exact rates, two books that both balance, and no free round trips."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.payments.domain.exchange import TakeQuote
from services.payments.domain.facts import Exchanged
from services.payments.domain.quote import Amounts, Fix, FxProvider, Quote, QuoteState, Wish, best
from services.payments.domain.quote import price as price_of
from services.payments.domain.rates import Mid, check_age, check_move, cross_rate
from services.payments.domain.rejections import AmountTooSmall, RateMissing, RateMoved, RateStale
from services.payments.domain.rules import Percentage, round_ratio
from shared.kernel.money import AmountOutOfRange, Rounding
from tests.builders.payments import MY, NOON, SELLER, Books, an_id, correction, some_rules

DIGITS = {"CNY": 2, "MYR": 2, "USD": 2, "JPY": 0, "KWD": 3, "VND": 0}
AT_MID = FxProvider("sim-harbour", 0, True)
DEARER = FxProvider("sim-lantern", 25, True)


def mid(base: str = "CNY", counter: str = "MYR", rate: str = "0.6100", unit: int = 1) -> Mid:
    return Mid(base, counter, unit, Decimal(rate), "fixture", NOON)


def priced(minor: int, *, provider: FxProvider = AT_MID, fix: Fix = Fix.SOURCE) -> Amounts:
    wish = Wish("CNY", "MYR", fix, minor)
    cross = cross_rate([mid()], source="CNY", target="MYR")
    return price_of(wish, cross=cross, provider=provider, rules=some_rules(), digits=DIGITS)


def a_quote(amounts: Amounts, **changes: Any) -> Quote:
    values: dict[str, Any] = {
        "id": an_id("fxq", "1", MY),
        "seller_id": SELLER,
        "provider": AT_MID.name,
        "is_simulated": True,
        "fix": Fix.SOURCE,
        "source_currency": "CNY",
        "target_currency": "MYR",
        "amounts": amounts,
        "spread_bp": 0,
        "rounding": Rounding.HALF_UP,
        "rate": "0.61",
        "legs": (mid(),),
        "state": QuoteState.OPEN,
        "created_at": NOON,
        "expires_at": NOON + timedelta(seconds=60),
    }
    return Quote(**{**values, **changes})


def take(name: str = "1", **changes: Any) -> TakeQuote:
    values: dict[str, Any] = {
        "id": an_id("cmd", f"take {name}", MY),
        "quote_id": an_id("fxq", "1", MY),
        "seller_id": SELLER,
        "source_currency": "CNY",
        "target_currency": "MYR",
    }
    return TakeQuote(**{**values, **changes})


class TestPrice:
    def test_gives_the_scenarios_figures(self) -> None:
        amounts = priced(1_643_250)

        assert amounts == Amounts(source=1_643_250, at_mid=1_002_383, target=1_002_383, fee=3_007)
        assert amounts.net == 999_376

    def test_half_even_would_have_given_one_sen_less(self) -> None:
        assert round_ratio(1_643_250 * 61, 100, Rounding.HALF_EVEN) == 1_002_382

    def test_shows_the_spread_as_its_own_amount(self) -> None:
        amounts = priced(1_643_250, provider=DEARER)

        assert amounts.at_mid == 1_002_383
        assert amounts.target == 999_877
        assert amounts.at_mid - amounts.target == 2_506

    def test_rounds_the_price_of_a_fixed_target_towards_the_pool(self) -> None:
        amounts = priced(1_000, fix=Fix.TARGET)

        assert amounts.target == 1_000
        assert amounts.source == 1_640
        assert Fraction(61, 100) * amounts.source >= 1_000

    def test_takes_a_fee_of_at_least_one_minor_unit(self) -> None:
        assert priced(100).fee == 1

    def test_refuses_what_the_fee_would_eat(self) -> None:
        with pytest.raises(AmountTooSmall):
            priced(1)

    def test_knows_currencies_of_no_and_of_three_decimals(self) -> None:
        cross = cross_rate([mid("JPY", "KWD", "0.0020")], source="JPY", target="KWD")

        amounts = price_of(
            Wish("JPY", "KWD", Fix.SOURCE, 10_000),
            cross=cross,
            provider=AT_MID,
            rules=some_rules(),
            digits=DIGITS,
        )

        assert amounts.target == 20_000

    def test_the_seller_gets_the_best_of_the_competing_offers(self) -> None:
        wish = Wish("CNY", "MYR", Fix.SOURCE, 1_643_250)
        offers = [(house, priced(1_643_250, provider=house)) for house in (DEARER, AT_MID)]

        assert best(wish, offers)[0] is AT_MID


class TestCrossRate:
    def test_turns_a_rate_around_exactly(self) -> None:
        assert cross_rate([mid()], source="MYR", target="CNY").ratio == Fraction(100, 61)

    def test_keeps_the_quoting_unit_of_its_source(self) -> None:
        assert cross_rate([mid(rate="61.00", unit=100)], source="CNY", target="MYR").shown() == (
            "0.61"
        )

    def test_goes_over_a_third_currency_and_rounds_only_once(self) -> None:
        mids = [mid("USD", "CNY", "7.1033"), mid("USD", "MYR", "4.2187")]
        cross = cross_rate(mids, source="CNY", target="MYR")
        wish = Wish("CNY", "MYR", Fix.SOURCE, 9_999)

        amounts = price_of(wish, cross=cross, provider=AT_MID, rules=some_rules(), digits=DIGITS)
        in_cents = round_ratio(9_999 * 10_000, 71_033, Rounding.HALF_UP)
        over_cents = round_ratio(in_cents * 42_187, 10_000, Rounding.HALF_UP)

        assert cross.ratio == Fraction(42_187, 71_033)
        assert amounts.at_mid == 5_938
        assert over_cents == 5_940

    def test_refuses_currencies_nobody_quotes(self) -> None:
        with pytest.raises(RateMissing):
            cross_rate([mid()], source="CNY", target="JPY")


class TestChecks:
    def test_refuse_a_mid_that_is_too_old(self) -> None:
        cross = cross_rate([mid()], source="CNY", target="MYR")

        check_age(cross, now=NOON + timedelta(hours=1), age_max=timedelta(hours=1))
        with pytest.raises(RateStale):
            check_age(cross, now=NOON + timedelta(hours=1, seconds=1), age_max=timedelta(hours=1))

    def test_refuse_a_mid_that_jumped(self) -> None:
        before = cross_rate([mid()], source="CNY", target="MYR")

        check_move(
            cross_rate([mid(rate="0.6405")], source="CNY", target="MYR"), before, move_bp_max=500
        )
        with pytest.raises(RateMoved):
            check_move(
                cross_rate([mid(rate="0.6406")], source="CNY", target="MYR"),
                before,
                move_bp_max=500,
            )


class TestNoFreeRoundTrip:
    @settings(max_examples=300, deadline=None)
    @given(
        minor=st.integers(1, 10**9),
        rate=st.decimals("0.0001", "10000", places=4),
        pair=st.permutations(sorted(DIGITS)),
        there=st.sampled_from(Fix),
        back=st.sampled_from(Fix),
    )
    def test_exchanging_there_and_back_never_gains(
        self, minor: int, rate: Decimal, pair: list[str], there: Fix, back: Fix
    ) -> None:
        home, away = pair[:2]
        mids = [mid(home, away, str(rate))]

        def exchanged(source: str, target: str, fix: Fix, amount: int) -> Amounts:
            return price_of(
                Wish(source, target, fix, amount),
                cross=cross_rate(mids, source=source, target=target),
                provider=AT_MID,
                rules=some_rules(),
                digits=DIGITS,
            )

        try:
            first = exchanged(home, away, there, minor)
            second = exchanged(away, home, Fix.SOURCE, first.net)
            if back is Fix.TARGET:
                second = exchanged(away, home, Fix.TARGET, second.target)
        except (AmountTooSmall, AmountOutOfRange):
            return

        # Having spent first.source and second.source of first.net, the seller has second.net.
        if second.source <= first.net:
            assert second.net < first.source

    def test_a_rule_without_a_least_fee_can_not_even_be_made(self) -> None:
        with pytest.raises(ValueError, match="in a circle"):
            some_rules(exchange_fee=Percentage(rate=Decimal("0.003"), rounding=Rounding.HALF_UP))


class TestTakeQuote:
    @pytest.fixture
    def books(self) -> Books:
        books = Books(hub=MY)
        funded = ("due_from_hub:cn-hgh", f"seller:{SELLER}:available", "CNY", 1_643_250)
        books.accepted(correction(funded))
        books.state.put(a_quote(priced(1_643_250, provider=DEARER)))
        return books

    def test_books_four_accounts_with_spread_and_fee_apart(self, books: Books) -> None:
        decision = books.accepted(take())

        assert len(decision.transfers) == 4
        assert books.balance(f"seller:{SELLER}:available", "CNY") == 0
        assert books.balance("fx_position", "CNY") == 1_643_250
        assert books.balance("fx_position", "MYR") == -1_002_383
        assert books.balance("fx_spread", "MYR") == 2_506
        assert books.balance("fees", "MYR") == 3_000
        assert books.balance(f"seller:{SELLER}:available", "MYR") == 999_877 - 3_000
        assert books.sums() == {"CNY": 0, "MYR": 0}
        assert isinstance(books.facts[-1], Exchanged)

    def test_is_refused_from_the_second_the_quote_expires(self, books: Books) -> None:
        books.now = NOON + timedelta(seconds=60)

        assert books.refused(take()) == "payments.quote-expired"
        assert books.balance("fx_position", "CNY") == 0

    def test_consumes_the_quote_once(self, books: Books) -> None:
        books.accepted(take())
        before = books.counters()

        assert books.refused(take("again")) == "payments.quote-used"
        assert books.accepted(take()).answer["state"] == "taken"
        assert books.counters() == before

    def test_is_refused_without_the_money_and_leaves_the_quote_open(self, books: Books) -> None:
        books.state.put(a_quote(priced(1_643_251)))

        assert books.refused(take()) == "payments.insufficient-funds"
        assert books.state.quotes[an_id("fxq", "1", MY)].state is QuoteState.OPEN

    def test_is_refused_when_there_is_no_such_quote(self, books: Books) -> None:
        nobody = take(quote_id=an_id("fxq", "none", MY))

        assert books.refused(nobody) == "payments.quote-not-known"
