"""A pack whose parts don't fit together is found out before anybody asks it."""

from copy import deepcopy
from typing import Any

import pytest

from shared.packs.diff import diff_packs
from shared.packs.errors import PackMalformed
from shared.packs.lint import check_pack, lint_pack
from shared.packs.loader import load_packs
from shared.packs.pack import Pack, read_pack


def changed(key: str, *, path: str, to: Any, country: str = "MY") -> Pack:
    """The shipped pack with one field of one rule changed, taken out where `to` is None."""
    document = deepcopy(dict(load_packs().of(country).document))
    for body in document["files"].values():
        for rule in body["rules"]:
            if rule["key"] == key:
                *parents, last = path.split(".")
                node = rule
                for name in parents:
                    node = node[int(name)] if isinstance(node, list) else node[name]
                node.pop(last) if to is None else node.update({last: to})
    return read_pack(document)


class TestLint:
    @pytest.mark.parametrize(
        ("key", "path", "to", "problem"),
        [
            ("drawback.as-is", "rounding", None, "the rule gives an amount"),
            ("paper.form-e", "value.needs", ["paper-nobody-knows"], "is not described"),
            ("paper.form-e", "from", "2012-01-01", "is not described on 2010-01-01"),
            ("paper.commercial-invoice", "value.needs", ["packing-list"], "waits for itself"),
            ("paper.form-e", "value.document_code", "99999", "UN/EDIFACT 1001"),
            ("paper.health-certificate", "value.permit_type", "x", "permit type"),
            ("permit-type.health-certificate", "value.agency", "NOBODY", "has no words"),
            ("control.export.fresh-durian", "value.goods", ["08x"], "no goods code"),
            ("register.gacc-durian-plants", "to", "2020-01-01", "is not described on 2020-01-01"),
        ],
    )
    def test_names_the_rule_and_what_is_wrong(
        self, key: str, path: str, to: Any, problem: str
    ) -> None:
        faults = lint_pack(changed(key, path=path, to=to))

        assert any(problem in fault.problem for fault in faults), faults
        assert all(fault.file and fault.rule for fault in faults)

    def test_wants_words_in_three_languages(self) -> None:
        document = deepcopy(dict(load_packs().of("MY").document))
        document["pack"]["languages"] = ["ms"]

        assert [fault.problem for fault in lint_pack(read_pack(document))] == [
            "must list en",
            "must list zh-Hans",
        ]

    def test_refuses_a_faulty_pack_and_returns_a_good_one(self) -> None:
        good = load_packs().of("CN")

        assert check_pack(good) is good
        with pytest.raises(PackMalformed, match="gives an amount"):
            check_pack(changed("drawback.as-is", path="rounding", to=None))


class TestDiff:
    def test_names_every_field_that_differs(self) -> None:
        before = load_packs().of("MY")
        after = changed("drawback.as-is", path="value.share", to="80 %")

        assert [(each.field, each.before, each.after) for each in diff_packs(before, after)] == [
            ("value.share", "90 %", "80 %"),
            ("value.share", "90 %", "80 %"),
        ]

    def test_names_rules_that_came_and_went(self) -> None:
        before = load_packs().of("MY")
        after = changed("sst.rates", path="from", to="2025-08-01")

        assert {(each.rule, each.after) for each in diff_packs(before, after)} == {
            ("M3 sst.rates from 2025-07-01", None),
            ("M3 sst.rates from 2025-08-01", "in force"),
        }

    def test_is_empty_for_the_same_pack(self) -> None:
        assert diff_packs(load_packs().of("CN"), load_packs().of("CN")) == []
