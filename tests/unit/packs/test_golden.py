"""Every golden case of every pack, and every datum of every rule: what is wrong goes red."""

import json
from dataclasses import replace

import iso4217
import pytest

from deploy.commands.pack import QUESTIONS
from services.customs.usecases.answer_golden import wrong_answers
from shared.packs.golden import ask_case, failures_of
from shared.packs.lint import lint_pack
from shared.packs.loader import load_packs
from shared.packs.mutation import mutants_of, unguarded
from shared.packs.pack import Pack, read_pack
from shared.packs.rule import GoldenCase, Rule

PACKS = [load_packs().of(country) for country in load_packs().countries()]
CASES = [(pack, rule, case) for pack in PACKS for rule, case in pack.golden_cases()]
ROWS = [*(f"C{n}" for n in range(1, 20)), *(f"M{n}" for n in range(1, 11)), "O1", "O2"]
"""The rules of the first lane by number, each of which some pack must hold."""


@pytest.mark.parametrize(
    ("pack", "rule", "case"),
    [
        pytest.param(*found, id=f"{found[0].country} {found[1].key} {found[2].name} {number}")
        for number, found in enumerate(CASES)
    ],
)
def test_golden_case(pack: Pack, rule: Rule, case: GoldenCase) -> None:
    assert ask_case(pack, rule, case, QUESTIONS) is None


class TestData:
    @pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.country)
    def test_are_each_noticed_by_a_golden_case_when_changed(self, pack: Pack) -> None:
        assert sum(1 for rule in pack.rules for _ in mutants_of(rule)) > 500
        assert unguarded(pack, QUESTIONS) == []

    def test_are_found_loose_where_no_golden_case_looks(self) -> None:
        pack = load_packs().of("MY")
        rule = next(rule for rule in pack.rules if rule.key == "sst.rates")
        blind = pack.with_rule(
            rule,
            replace(
                rule,
                entry={
                    **rule.entry,
                    "golden": [
                        {
                            "name": "x",
                            "ask": "includes",
                            "on": "2026-09-01",
                            "given": {},
                            "expect": {},
                        }
                    ],
                },
            ),
        )

        assert "M3 sst.rates value.rows[0].rates[2]" in unguarded(blind, QUESTIONS)

    @pytest.mark.parametrize("row", ROWS)
    def test_cover_every_rule_of_the_lane(self, row: str) -> None:
        rules = [rule for pack in PACKS for rule in pack.rules if rule.id == row]

        assert rules
        assert all(rule.golden and rule.citation.instrument for rule in rules)


class TestPacks:
    @pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.country)
    def test_write_every_currency_with_its_iso_digits(self, pack: Pack) -> None:
        assert pack.digits == {code: iso4217.Currency(code).exponent for code in pack.digits}

    def test_are_found_out_when_a_figure_is_changed(self) -> None:
        document = load_packs().of("CN").document
        text = read_pack(document).canonical().decode().replace('"taxes":"70 %"', '"taxes":"71 %"')
        changed = read_pack(json.loads(text))

        assert "C2 cbec.within-limits" in {wrong.rule for wrong in wrong_answers(changed)}

    @pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.country)
    def test_are_without_faults(self, pack: Pack) -> None:
        assert (lint_pack(pack), failures_of(pack, QUESTIONS)) == ([], [])

    def test_fail_a_case_that_nobody_can_answer(self) -> None:
        failures = failures_of(PACKS[0], {})

        assert len(failures) == len(PACKS[0].golden_cases())
        assert "nobody can answer" in failures[0].answered["refused"]
