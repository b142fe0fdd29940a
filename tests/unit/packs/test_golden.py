"""Every golden case of every pack: the rules answer what their author says they must."""

import json
from collections.abc import Iterator

import iso4217
import pytest

from services.customs.usecases import answer_golden as customs
from services.customs.usecases.answer_golden import wrong_answers
from services.permits.usecases import answer_golden as permits
from shared.packs.loader import load_packs
from shared.packs.pack import Pack, read_pack
from shared.packs.rule import GoldenCase

QUESTIONS = {**customs.QUESTIONS, **permits.QUESTIONS}
PACKS = [load_packs().of(country) for country in load_packs().countries()]


ASKED_ELSEWHERE = {
    "permit-type": "tests/unit/permits",
    "register": "tests/unit/permits",
}
"""Questions that another service answers, and where its tests ask them."""


def cases() -> Iterator[tuple[Pack, str, GoldenCase]]:
    for pack in PACKS:
        for rule, case in pack.golden_cases():
            if case.ask not in ASKED_ELSEWHERE:
                yield pack, rule.key, case


@pytest.mark.parametrize(
    ("pack", "key", "case"),
    [
        pytest.param(*found, id=f"{found[0].country} {found[1]} {found[2].name}")
        for found in cases()
    ],
)
def test_golden_case(pack: Pack, key: str, case: GoldenCase) -> None:
    answered = QUESTIONS[case.ask](pack, case)

    expected = {name: case.expect.node(name) for name in case.expect}
    assert {name: answered.get(name) for name in expected} == expected


class TestPacks:
    @pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.country)
    def test_write_every_currency_with_its_iso_digits(self, pack: Pack) -> None:
        assert pack.digits == {code: iso4217.Currency(code).exponent for code in pack.digits}

    def test_are_found_out_when_a_figure_is_changed(self) -> None:
        document = load_packs().of("CN").document
        text = read_pack(document).canonical().decode().replace('"taxes":"70 %"', '"taxes":"71 %"')
        changed = read_pack(json.loads(text))

        assert "C2 cbec.within-limits" in {wrong.rule for wrong in wrong_answers(changed)}

    def test_answer_as_their_authors_say(self) -> None:
        assert [wrong for pack in PACKS for wrong in wrong_answers(pack)] == []
