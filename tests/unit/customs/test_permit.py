"""Permits as customs knows them: what covers goods, what is left, and what came last."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from services.customs.domain.export import SellerGoods
from services.customs.domain.permit import (
    KnownPermit,
    LineKey,
    PermitLine,
    PermitTerms,
    permit_faults,
)

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SELLER = "kinta"


def permit(
    quantity: int = 128,
    *,
    name: str = "lic",
    kind: str = "health",
    unit: str = "packs",
    days: int = 30,
    destination: str = "CN",
) -> KnownPermit:
    terms = PermitTerms(
        permit_no=f"no-{name}",
        kind=kind,
        holder_id=SELLER,
        destination=destination,
        lines=(PermitLine(line_no=1, hs_code="21011200", quantity=quantity, unit=unit),),
        valid_until=NOW + timedelta(days=days),
    )
    return KnownPermit(permit_id=name, terms=terms)


def goods(quantity: int = 128, *, hs_code: str = "210112", grams: int = 72_960) -> SellerGoods:
    return SellerGoods(seller_id=SELLER, hs_code=hs_code, quantity=quantity, net_weight_g=grams)


def faults(
    items: list[SellerGoods],
    *permits: KnownPermit,
    given_back: dict[LineKey, int] | None = None,
) -> list[str]:
    found = permit_faults(items, permits, destination="CN", at=NOW, given_back=given_back or {})
    return [one.code for one in found]


class TestGoods:
    def test_are_covered_up_to_the_last_piece(self) -> None:
        assert faults([goods(128)], permit(128)) == []
        assert faults([goods(129)], permit(128)) == ["permit-not-enough-left"]

    def test_that_no_permit_was_ever_given_for_are_not_looked_at(self) -> None:
        assert faults([goods()]) == []
        assert faults([goods(hs_code="940490")], permit(1)) == []
        assert faults([goods()], permit(1, destination="SG")) == []

    def test_need_one_permit_of_every_kind(self) -> None:
        short = permit(1, name="other", kind="export")

        assert faults([goods()], permit(128), short) == ["permit-not-enough-left"]

    def test_use_several_permits_of_one_kind_and_each_only_once(self) -> None:
        permits = (permit(100, name="a"), permit(28, name="b"))

        assert faults([goods(128)], *permits) == []
        assert faults([goods(100), goods(29)], *permits) == ["permit-not-enough-left"]

    def test_are_weighed_where_the_permit_says_so(self) -> None:
        assert faults([goods(grams=72_960)], permit(72_960, unit="GRM")) == []
        assert faults([goods(grams=72_961)], permit(72_960, unit="GRM")) == [
            "permit-not-enough-left"
        ]

    def test_may_use_again_what_an_earlier_release_of_them_used(self) -> None:
        used_up = permit(128).with_left(1, 0, sequence=2)

        assert faults([goods(128)], used_up) == ["permit-not-enough-left"]
        assert faults([goods(128)], used_up, given_back={("lic", 1): 128}) == []

    @pytest.mark.parametrize(
        ("standing", "code"),
        [
            ("suspended", ["permit-suspended"]),
            ("revoked", ["permit-revoked"]),
            ("expired", ["permit-expired"]),
            ("surrendered", []),
        ],
    )
    def test_have_none_when_it_was_stopped(self, standing: str, code: list[str]) -> None:
        assert faults([goods()], permit().standing_at(standing, sequence=3)) == code

    def test_have_none_from_the_moment_it_ends(self) -> None:
        assert faults([goods()], permit(days=0)) == ["permit-expired"]


class TestKnownPermit:
    def test_is_the_same_in_whatever_order_it_is_told(self) -> None:
        steps: list[Callable[[KnownPermit], KnownPermit]] = [
            lambda known: known.with_left(1, 100, sequence=2),
            lambda known: known.with_left(1, 40, sequence=3),
            lambda known: known.standing_at("suspended", sequence=4),
            lambda known: known.standing_at("in-force", sequence=5),
        ]
        ends = []
        for turn in permutations(steps):
            known = permit()
            for step in turn:
                known = step(step(known))
            ends.append(known)

        assert all(end == ends[0] for end in ends)
        assert ends[0].state_at(NOW) == "in-force"
        assert ends[0].left[1].value == "40"
