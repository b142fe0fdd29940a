"""The stage of a story in which the seller asks what it may sell and whether papers pay off."""

from typing import Any

from deploy.scenario.cast import Cast
from deploy.scenario.each import Tick
from deploy.scenario.figures import Figures
from deploy.scenario.story import OriginAdvice, Story, minor, written


class Advice:
    """Questions that change nothing, asked before anything is sold."""

    def __init__(self, story: Story, cast: Cast, figures: Figures) -> None:
        self.story = story
        self.cast = cast
        self.figures = figures

    async def ask(self, tick: Tick) -> None:
        """Guidance for each kind of good, and the worth of a certificate of origin."""
        for hs_code in self.story.asks:
            question = {
                "hs_code": hs_code,
                "origin": self.story.seller_hub[:2].upper(),
                "destination": self.story.buyer_hub[:2].upper(),
                "route": "air",
                "channel": self.story.channel,
            }
            answer = await self.cast.seller.post("/permits/v1/guidance", question)
            self.figures.saw(f"guidance for {hs_code}", answer["advice"]["verdict"])
            tick()
        for one in self.story.origin_advice:
            answer = await self.cast.seller.post("/customs/v1/origin-advice", self._question(one))
            savings = [int(option["saving"]["amount_minor"]) for option in answer["options"]]
            name = f"certificate of origin for {one.group} by {one.channel} {self.story.currency}"
            self.figures.saw(name, written(max(savings, default=0)))
            tick()

    def _question(self, one: OriginAdvice) -> dict[str, Any]:
        [group] = [group for group in self.story.orders if group.group == one.group]
        sku = self.story.skus[group.sku]
        line = {
            "hs_code": sku.hs_code,
            "origin": sku.origin,
            "quantity": group.quantity,
            "unit_price_minor": minor(sku.price),
        }
        return {
            "destination": self.story.buyer_hub[:2].upper(),
            "channel": one.channel,
            "currency": self.story.currency,
            "lines": [line],
            "freight_minor": minor(group.freight),
        }
