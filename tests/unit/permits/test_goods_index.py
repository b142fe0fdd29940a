"""Goods are found by the words that people use, whole and in part."""

import pytest

from services.permits.store.goods_index import GoodsIndex, GoodsWords
from shared.reference.nomenclature import Nomenclature

NOMENCLATURE = Nomenclature(
    {
        "09": "Coffee, tea and spices",
        "0901": "Coffee, whether or not roasted",
        "090121": "Coffee, roasted, not decaffeinated",
        "21": "Miscellaneous edible preparations",
        "2101": "Extracts of coffee or tea",
        "210112": "Preparations with a basis of coffee extracts",
        "94": "Furniture and bedding",
        "9404": "Mattresses and pillows",
        "940490": "Other articles of bedding",
        "910000": "Batteries and boxes, café style",
    },
    is_complete=True,
)
INDEX = GoodsIndex(
    [
        GoodsWords(code="210112", product="white-coffee", words=("white coffee", "kopi", "白咖啡")),
        GoodsWords(code="940490", product="pillow", words=("latex pillow", "bantal", "乳胶枕头")),
    ],
    NOMENCLATURE,
)


def found(question: str) -> list[tuple[str, int]]:
    return [(one.product or one.code, one.confidence) for one in INDEX.find(question, limit=3)]


class TestRanking:
    def test_puts_what_people_call_it_before_its_heading(self) -> None:
        assert [name for name, _ in found("coffee")][:2] == ["white-coffee", "090121"]

    def test_counts_the_words_that_were_found(self) -> None:
        assert found("white pillow")[:2] == [("white-coffee", 50), ("pillow", 50)]
        assert found("white elephants")[0] == ("white-coffee", 50)


class TestWords:
    @pytest.mark.parametrize(
        ("question", "first"),
        [
            ("pillows", ("pillow", 100)),
            ("batteries", ("910000", 100)),
            ("battery", ("910000", 100)),
            ("box", ("910000", 100)),
            ("CAFE", ("910000", 100)),
            ("ｂａｎｔａｌ", ("pillow", 100)),
            ("pill", ("pillow", 100)),
            ("乳胶", ("pillow", 100)),
            ("pilow", ("pillow", 90)),
        ],
    )
    def test_may_be_plural_accented_begun_or_misspelt(
        self, question: str, first: tuple[str, int]
    ) -> None:
        assert found(question)[0] == first

    @pytest.mark.parametrize("question", ["胶乳", "zq", "", "the of", "白头"])
    def test_that_nobody_uses_find_nothing(self, question: str) -> None:
        assert found(question) == []


class TestCodes:
    def test_are_found_by_their_first_digits_and_never_padded(self) -> None:
        assert [one.code for one in INDEX.find("0901", limit=3)] == ["090121"]
        assert [one.code for one in INDEX.find("21", limit=3)] == ["210112", "210112"]
        assert INDEX.find("0901210000", limit=3) == []
