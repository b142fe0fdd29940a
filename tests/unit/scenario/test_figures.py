"""The judge of a scenario: what was not seen does not hold, and two tellings have one hash."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from deploy.scenario.figures import Figures, table_of
from deploy.scenario.order import orders_of
from deploy.scenario.person import birthday_of, person
from deploy.scenario.run import Teller
from deploy.scenario.story import Story, minor, read_story
from shared.kernel.codes import check_cn_resident_id, check_my_nric

SCENARIOS = Path(__file__).parents[3] / "deploy" / "scenarios"
KINTA = read_story(SCENARIOS / "kinta-white-coffee.yaml")


class TestFigures:
    def test_hold_only_when_every_expected_one_was_seen(self) -> None:
        figures = Figures({"parcels": 2, "paid": "1.00"})

        figures.saw("parcels", 2)
        assert not figures.hold()
        figures.saw("paid", "1.00")
        assert figures.hold()
        figures.saw("a surprise", 1)
        assert not figures.hold()

    def test_have_one_hash_whatever_was_seen_first(self) -> None:
        one, other, changed = Figures({}), Figures({}), Figures({})
        for figures, names in ((one, "ab"), (other, "ba"), (changed, "ac")):
            for name in names:
                figures.saw(name, 1)

        assert one.digest() == other.digest() != changed.digest()

    def test_never_count_a_step_that_was_not_told(self) -> None:
        figures = Figures({}, {"14 settlement": "not driven yet"})

        assert [figure.name for figure in figures.all()] == []
        assert "14 settlement" in list(table_of(figures).columns[0].cells)


class TestTeller:
    @pytest.mark.parametrize("width", [80, 120])
    async def test_shows_each_stage_on_one_whole_line(self, width: int) -> None:
        shown = StringIO()
        sentence = "cn-hgh settles: every export's proceeds are home"

        with Teller(Console(file=shown, width=width)) as teller:

            async def stage(tick: Callable[[], None]) -> None:
                tick()

            await teller.tell(sentence, 117, stage)

        [line] = [line for line in shown.getvalue().splitlines() if sentence in line]
        assert line.rstrip().endswith("117/117 0:00:00")


class TestPeople:
    @pytest.mark.parametrize("file", ["first-parcels.yaml", "hangzhou-shirts.yaml"])
    def test_of_one_telling_are_nobody_in_the_next(self, file: str) -> None:
        story = read_story(SCENARIOS / file)
        first, second = (
            {order.buyer()["id_number"] for order in orders_of(story, run=run)}
            for run in ("one", "two")
        )

        assert len(first) == len(second) == sum(group.count for group in story.orders)
        assert first.isdisjoint(second)

    def test_have_numbers_that_their_country_gives(self) -> None:
        for run in map(str, range(40)):
            born = birthday_of(run)
            check_cn_resident_id(person("CN", 17, born=born)["id_number"])
            check_my_nric(person("MY", 17, born=born)["id_number"])


class TestKinta:
    """The figures of the file, reckoned again from its orders."""

    TAX = {"A": 637, "B": 1_201, "C": 3_758, "D": 138_510, "E": 0}  # noqa: RUF012

    @pytest.fixture
    def story(self) -> Story:
        return KINTA

    def test_adds_up(self, story: Story) -> None:
        orders = orders_of(story, run="sum")
        for order in orders:
            order.tax_minor = self.TAX[order.group.group]
        going = [order for order in orders if not order.refused]
        expected = story.expected

        assert len(orders) == expected["orders placed"]
        assert len(going) == expected["parcels to pack"]
        assert sum(o.paid_minor for o in orders if o.charged) == _fen(expected, "paid into escrow")
        assert sum(o.goods_minor for o in going) == _fen(expected, "goods of the parcels")
        assert sum(o.paid_minor for o in going) == _fen(expected, "paid of the parcels")
        assert sum(o.tax_minor for o in going) == _fen(expected, "tax of the parcels")
        released = [o for o in going if o.trouble != "sent-back"]
        assert sum(o.tax_minor for o in released) == _fen(expected, "import tax")
        names = {one.order for one in story.returned}
        back = [o for o in released if o.name in names]
        assert sum(o.goods_minor + o.tax_minor for o in back) == _fen(expected, "due for returns")

    def test_settles_to_what_the_file_says(self, story: Story) -> None:
        expected, complaint = story.expected, story.complaint
        assert complaint is not None
        [lost] = [o for o in orders_of(story, run="sum") if o.trouble == "lost"]
        back = {one.order for one in story.returned}
        arrived = [
            o
            for o in orders_of(story, run="sum")
            if not o.refused and o.trouble not in {"lost", "sent-back"}
        ]
        goods = sum(o.goods_minor for o in arrived if o.name not in back)
        kept = goods - minor(complaint.goodwill)
        freight = sum(o.freight_minor for o in arrived)
        insurance = minor(story.insured[lost.name])
        proceeds = kept + freight - kept * 5 // 100 + insurance
        exchanged = (proceeds * 61 + 50) // 100
        fee = (exchanged * 3 + 500) // 1000
        advance = minor(str(expected["advance paid MYR"])) + minor(str(expected["advance fee MYR"]))
        left = exchanged - fee - advance

        assert lost.goods_minor + lost.freight_minor == insurance
        assert insurance + self.TAX["A"] == _fen(expected, f"{lost.name} insurer owes")
        assert proceeds == _fen(expected, "proceeds")
        assert exchanged == minor(str(expected["exchanged to MYR"]))
        assert fee == minor(str(expected["exchange fee MYR"]))
        assert left == minor(str(expected["left when the advance is repaid MYR"]))
        withheld = minor(str(expected["freight withheld MYR"]))
        assert left - withheld == minor(str(expected["paid out to the seller MYR"]))

    def test_says_what_it_does_not_tell(self, story: Story) -> None:
        assert not set(story.not_told) & set(story.expected)
        assert all(step[0].isdigit() and why for step, why in story.not_told.items())

    def test_sends_to_inspection_by_the_magic_ending(self, story: Story) -> None:
        red = [o.name for o in orders_of(story, run="x") if o.order_no.endswith("-RED")]

        assert red == ["A-080", "A-081"]


def _fen(expected: dict[str, str | int], name: str) -> int:
    return minor(str(expected[f"{name} CNY"]))
