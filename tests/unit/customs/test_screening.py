"""Names on a made-up list are found however they are written, and others are not."""

import pytest

from services.customs.domain.screening import (
    DeniedParty,
    ScreeningList,
    plain_name,
    read_parties,
)
from tests.builders.customs import TODAY, rulebook

FORMS = rulebook().company_forms("MY", on=TODAY)
LISTED = ScreeningList(
    parties=(
        DeniedParty(party_id="X-1", name="Gunung Merah Trading Sdn. Bhd."),
        DeniedParty(party_id="X-2", name="Blue Harbour Company Limited"),
        DeniedParty(party_id="X-3", name="青山贸易有限公司"),
    ),
    forms=FORMS,
)


class TestScreening:
    @pytest.mark.parametrize(
        ("name", "party"),
        [
            ("GUNUNG MERAH TRADING SENDIRIAN BERHAD", "X-1"),
            ("Trading Gunung Merah, Sdn Bhd", "X-1"),
            ("Gunung Mérah Trading Sdn. Bhd.", "X-1"),
            ("Gunung Merah Tradng Sdn Bhd", "X-1"),
            ("Blue Harbour Co., Ltd.", "X-2"),
            ("青山贸易 有限责任公司", "X-3"),
        ],
    )
    def test_finds_a_name_however_it_is_written(self, name: str, party: str) -> None:
        assert [match.party_id for match in LISTED.matches(name)] == [party]

    @pytest.mark.parametrize(
        "name", ["Kinta Valley White Coffee Sdn Bhd", "Sdn Bhd", "青海贸易", "", "   ", "!!!"]
    )
    def test_leaves_others_alone(self, name: str) -> None:
        assert LISTED.matches(name) == []

    def test_scores_an_exact_name_in_another_form_as_full(self) -> None:
        (match,) = LISTED.matches("blue harbour ltd")

        assert match.score == 100

    def test_without_a_list_finds_nothing(self) -> None:
        assert ScreeningList().matches("Gunung Merah Trading") == []

    def test_rewrites_the_longest_form_first(self) -> None:
        assert plain_name("A Private Limited", {"private limited": "p", "limited": "l"}) == "a p"


class TestList:
    def test_needs_an_id_and_a_name_in_every_row(self) -> None:
        assert read_parties([["1", "A"], ["2", " B "]])[1].name == "B"
        with pytest.raises(ValueError, match="row 2"):
            read_parties([["1", "A"], ["2", ""]])
