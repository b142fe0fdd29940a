"""What a client may ask: its own quota, refilled evenly, told in headers."""

import pytest

from shared.web.rates import CLIENTS_MAX, Rates, TooManyRequests


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class TestRates:
    def test_counts_down_and_refuses_the_one_too_many(self) -> None:
        rates = Rates(3, now=Hand())

        left = [rates.take("a").left for _ in range(3)]
        with pytest.raises(TooManyRequests) as refused:
            rates.take("a")

        assert left == [2, 1, 0]
        assert refused.value.retry_after_s == 20  # three a minute: one every twenty seconds

    def test_refills_evenly_and_never_above_the_quota(self) -> None:
        hand = Hand()
        rates = Rates(60, now=hand)
        for _ in range(60):
            rates.take("a")

        hand.at = 2.0
        after_two_seconds = rates.take("a").left
        hand.at = 1_000.0

        assert after_two_seconds == 1
        assert rates.take("a").left == 59

    def test_leaves_other_clients_alone(self) -> None:
        rates = Rates(1, now=Hand())
        rates.take("noisy")
        with pytest.raises(TooManyRequests):
            rates.take("noisy")

        assert rates.take("quiet").left == 0

    def test_keeps_no_more_buckets_than_it_says(self) -> None:
        rates = Rates(5, now=Hand())
        for number in range(CLIENTS_MAX + 1):
            rates.take(f"client {number}")

        assert rates.take("client 0").left == 4  # forgotten, so it begins anew
        assert rates.take(f"client {CLIENTS_MAX}").left == 3

    def test_says_quota_rest_and_time_in_headers(self) -> None:
        assert Rates(60, now=Hand()).take("a").headers() == {
            "RateLimit-Policy": '"default";q=60;w=60',
            "RateLimit": '"default";r=59;t=2',
        }
