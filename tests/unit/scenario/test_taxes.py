"""What a story expects buyers to be taxed, worked out again from the packs without any hub."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.scenario.order import StoryOrder, orders_of
from deploy.scenario.story import minor, read_story, written
from services.customs.domain.consignment import Consignment, GoodsLine
from services.customs.domain.landed_cost import LandedCost, landed_cost, taxation_of
from shared.kernel.money import Money
from tests.builders.customs import TODAY, rulebook

SCENARIOS = Path(__file__).parents[3] / "deploy" / "scenarios"


def cost_of(order: StoryOrder, channel: str) -> LandedCost:
    line = GoodsLine(
        line_no=1,
        hs_code=order.sku.hs_code,
        origin=order.sku.origin,
        quantity=order.group.quantity,
        unit_price=Money(minor(order.sku.price), order.currency),
        rates={},
        net_weight_g=order.net_weight_g or None,
    )
    rates = rulebook().rates(order.country, [line], on=TODAY)[1]
    nothing = Money(0, order.currency)
    consignment = Consignment(
        lines=(replace(line, rates=rates),),
        freight=Money(order.freight_minor, order.currency),
        insurance=nothing,
        discount=nothing,
    )
    rules = rulebook().import_rules(order.country, on=TODAY)
    return landed_cost(consignment, taxation_of(channel, rules.taxations), annual_used=None)


class TestTaxes:
    @pytest.mark.parametrize("name", sorted(file.stem for file in SCENARIOS.glob("*.yaml")))
    def test_of_what_goes_are_those_of_the_packs(self, name: str) -> None:
        story = read_story(SCENARIOS / f"{name}.yaml")
        going = [order for order in orders_of(story, run="unit") if not order.refused]
        one_of_each = {order.group.group: order for order in going}

        costs = {group: cost_of(one, story.channel) for group, one in one_of_each.items()}
        tax = sum(costs[order.group.group].tax.minor for order in going)

        assert written(tax) == story.expected[f"tax of the parcels {story.currency}"]

    @pytest.mark.parametrize(
        ("group", "tax"),
        [
            ("A", "46.41"),
            ("B", "117.60"),
            ("C", "235.20"),
            ("D", "1046.87"),
            ("P", "28.39"),
            ("Q", "71.94"),
        ],
    )
    def test_of_cosmetics_change_at_ten_yuan_a_gram_and_fifteen_a_piece(
        self, group: str, tax: str
    ) -> None:
        story = read_story(SCENARIOS / "dear-creams.yaml")
        order = next(one for one in orders_of(story, run="unit") if one.group.group == group)

        assert written(cost_of(order, story.channel).tax.minor) == tax
