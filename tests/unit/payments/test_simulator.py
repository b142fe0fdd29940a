"""Random histories of two hubs hold every invariant; the same seed is the same history."""

import random

import pytest

from services.payments.domain.accounts import account_key
from services.payments.domain.state import Decision
from tests.builders.payments import CN, MY, Books, an_order, authorise
from tests.unit.payments.simulator import Broken, Simulator

SEEDS = range(40)
STEPS = 2_000


class TestHistories:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_hold_every_invariant(self, seed: int) -> None:
        Simulator(seed).run(STEPS)

    def test_are_the_same_for_the_same_seed(self) -> None:
        first, second = Simulator(7), Simulator(7)
        first.run(STEPS)
        second.run(STEPS)

        assert first.buyers.books.log == second.buyers.books.log
        assert first.sellers.books.counters() == second.sellers.books.counters()

    def test_reach_what_they_are_meant_to_reach(self) -> None:
        history = Simulator(1)
        history.run(STEPS * 5)

        codes = {
            outcome.error.code
            for side in (history.buyers, history.sellers)
            for _, outcome in side.books.outcomes.values()
            if not isinstance(outcome, Decision)
        }
        assert {
            "payments.insufficient-funds",
            "payments.refund-exceeds-capture",
            "payments.quote-expired",
            "payments.quote-used",
            "payments.payment-state",
            "payments.order-already-released",
        } <= codes
        assert history.sellers.books.balance(f"due_from_hub:{CN}") != 0


class TestOrder:
    def test_of_independent_commands_does_not_matter(self) -> None:
        commands = [authorise(an_order(f"{n}")) for n in range(30)]
        ends = []
        for seed in range(5):
            books = Books()
            for n in range(30):
                books.knows(an_order(f"{n}"))
            random.Random(seed).shuffle(commands)
            for command in commands:
                books.accepted(command)
            ends.append((books.counters(), dict(books.state.payments)))

        assert all(end == ends[0] for end in ends)


class TestModel:
    """The checks themselves: books that are wrong must be called wrong."""

    def test_notices_a_counter_that_moved_by_itself(self) -> None:
        history = Simulator(2)
        history.run(STEPS)
        account = history.sellers.books.state.accounts[account_key("fees", "MYR")]
        account.credits += 1

        with pytest.raises(Broken, match="counters"):
            history.check()

    def test_notices_hubs_that_disagree(self) -> None:
        history = Simulator(3)
        history.run(STEPS)
        history.on_the_road.clear()
        key = account_key(f"due_to_hub:{MY}", "CNY")
        history.buyers.books.state.accounts[key].credits += 1
        history.buyers.shadow[key][1] += 1

        with pytest.raises(Broken):
            history.check()

    def test_notices_an_id_that_is_answered_twice(self) -> None:
        history = Simulator(4)
        history.run(STEPS)
        history.buyers.books.outcomes.clear()

        with pytest.raises(Broken):
            history.run(STEPS)
