"""Ids: unique, ordered in time, readable, and the same again when derived."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.kernel.clock import FixedClock
from shared.kernel.ids import IdMalformed, TimeOrderedIds, derived_id, parse_id

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


class TestTimeOrderedIds:
    def test_never_come_out_of_order_though_the_clock_stands_still(self) -> None:
        ids = TimeOrderedIds("my-kul", FixedClock(NOON))

        drawn = [ids.new("ord") for _ in range(10_000)]

        assert drawn == sorted(drawn)
        assert len(set(drawn)) == len(drawn)

    def test_name_their_hub_and_kind(self) -> None:
        parsed = parse_id(TimeOrderedIds("cn-hgh", FixedClock(NOON)).new("pay"))

        assert (parsed.prefix, parsed.hub) == ("pay", "cn-hgh")

    def test_sort_by_time(self) -> None:
        clock = FixedClock(NOON)
        earlier = TimeOrderedIds("my-kul", clock).new("ord")
        clock.move(timedelta(milliseconds=1))

        assert TimeOrderedIds("my-kul", clock).new("ord") > earlier

    def test_refuse_a_hub_that_is_not_named_like_one(self) -> None:
        with pytest.raises(ValueError, match="hub"):
            TimeOrderedIds("kul", FixedClock(NOON))


class TestDerivedId:
    def test_is_the_same_for_the_same_parts_and_another_for_others(self) -> None:
        same = {derived_id("trf", "my-kul", "a", "b") for _ in range(3)}
        others = {derived_id("trf", "my-kul", "ab"), derived_id("trf", "my-kul", "a", "c")}

        assert len(same) == 1
        assert not same & others

    def test_never_changes_from_version_to_version(self) -> None:
        assert derived_id("trf", "my-kul", "a", "b") == "trf_my-kul_5kvs54r6vrgn29ds4bezwkjshy"
        assert derived_id("cmd", "cn-hgh", "2") == "cmd_cn-hgh_1551epe9msge8sw2ptcnmd95st"


@pytest.mark.parametrize(
    "text", ["", "ord", "ord_my-kul_x", "ORD_my-kul_" + "0" * 26, "ord_my-kul_" + "u" * 26]
)
def test_a_malformed_id_is_refused(text: str) -> None:
    with pytest.raises(IdMalformed):
        parse_id(text)
