"""Run a story from its first order to the proof that both hubs hold the same, telling it."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.hub.plan import HubPlan
from deploy.scenario.advice import Advice
from deploy.scenario.arrival import Inbound
from deploy.scenario.cast import Cast
from deploy.scenario.complaining import Complaining
from deploy.scenario.each import Tick
from deploy.scenario.figures import Figures
from deploy.scenario.finance import Finance, Repatriation
from deploy.scenario.licensing import Licensing
from deploy.scenario.order import orders_of
from deploy.scenario.rebating import Rebating
from deploy.scenario.returning import Returns
from deploy.scenario.stages import Outbound
from deploy.scenario.story import Story


@dataclass(frozen=True)
class Outcome:
    """What a run has shown."""

    figures: Figures
    seconds: dict[str, float]
    trace_ids: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "holds": self.figures.hold(),
            "digest": self.figures.digest(),
            "not_told": dict(self.figures.not_told),
            "figures": [
                {"name": f.name, "expected": f.expected, "seen": f.seen, "holds": f.holds}
                for f in self.figures.all()
            ],
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


WIDE = 100
"""Columns of a terminal on which a bar fits beside the counts and the time."""


class Teller:
    """Shows a line per stage, with a bar where the terminal is wide, or nothing."""

    def __init__(self, console: Console | None) -> None:
        self.seconds: dict[str, float] = {}
        wide = console is not None and console.width >= WIDE
        self._sentence_width = 66 if wide else 49
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *([BarColumn(bar_width=24)] if wide else []),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=console,
            disable=console is None,
        )

    async def tell(
        self, sentence: str, total: int, stage: Callable[[Tick], Awaitable[None]]
    ) -> None:
        """Run one stage under its sentence."""
        task = self._progress.add_task(f"{sentence:<{self._sentence_width}}", total=total)
        started = time.monotonic()
        await stage(lambda: self._progress.advance(task))
        self._progress.update(task, completed=total)
        self.seconds[sentence] = time.monotonic() - started

    def __enter__(self) -> "Teller":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()


async def run_story(
    story: Story, plans: Mapping[str, HubPlan], *, run: str, console: Console | None
) -> Outcome:
    """Drive the story through the hubs' public APIs; StoryBroken when it can't go on."""
    cast = Cast(story, dict(plans), run=run)
    figures = Figures(story.expected, story.not_told)
    orders = orders_of(story, run=run)
    home, abroad = story.seller_hub, story.buyer_hub
    async with cast.http:
        with Teller(console) as teller:

            async def join(tick: Tick) -> None:
                await cast.register()

            out = Outbound(story, cast, orders, figures)
            count, going = len(orders), len(out.going)
            paying = len(out.paying)
            await teller.tell("Seller, marketplace, forwarder and carrier join", 4, join)
            licensing, advice = Licensing(story, cast, figures), Advice(story, cast, figures)
            if questions := len(story.asks) + len(story.origin_advice):
                await teller.tell(f"{home}: the seller asks before it sells", questions, advice.ask)
            if story.permits:
                sentence = f"{home}: the seller applies for permits"
                await teller.tell(sentence, len(story.permits), licensing.apply)
            await teller.tell(f"{abroad}: the marketplace places orders", count, out.place_orders)
            await teller.tell(f"{abroad}: buyers pay into escrow", paying, out.pay)
            await teller.tell(f"{home}: {abroad}'s rules run before packing", count, out.pre_clear)
            if story.advance_share_bp is not None:
                finance = Finance(story, cast, out.going, figures)
                await teller.tell(f"{home}: an advance on what is in escrow", 2, finance.advance)
            await teller.tell(f"{home}: the seller books parcels", going, out.book)
            await teller.tell(f"{home}: one unit for many parcels", 2, out.consolidate)
            await teller.tell(f"{home}: export release and departure", 2, out.depart)
            if licensing.licences:
                used = f"{home}: the release uses the permits"
                await teller.tell(used, len(licensing.licences), licensing.show_use)
            inbound = Inbound(out)
            await teller.tell(f"{abroad}: customs matches and releases", going, inbound.clear)
            await teller.tell(f"{abroad}: the carrier delivers", going, inbound.deliver)
            if story.returned:
                names = {one.order for one in story.returned}
                back = Returns(cast, [o for o in orders if o.name in names], figures)
                sentence = f"{abroad}: goods come back and their tax too"
                await teller.tell(sentence, len(story.returned), back.take_back)
            if story.complaint is not None:
                [late] = [o for o in orders if o.name == story.complaint.order]
                complaining = Complaining(story.complaint, cast, late, figures)
                sentence = f"{late.name} comes too late, and complains"
                await teller.tell(sentence, 3, complaining.complain)
            await _bring_money(teller, inbound)
            await teller.tell("Both hubs prove that they hold the same", 3, inbound.prove)
    clients = (cast.marketplace, cast.seller, cast.forwarder, cast.carrier)
    traces = tuple(client.trace_ids[-1] for client in clients if client.trace_ids)
    return Outcome(figures, teller.seconds, traces)


async def _bring_money(teller: Teller, inbound: Inbound) -> None:
    """Tell how money reaches the seller: its proceeds, home by the law, and taxes given back."""
    story, cast, figures, going = inbound.story, inbound.cast, inbound.figures, inbound.orders
    home, abroad = story.seller_hub, story.buyer_hub
    if f"proceeds {story.currency}" in story.expected:
        await teller.tell(f"{home}: proceeds, exchange, payout", 3, inbound.settle)
    if f"proceeds home by signed sheets {story.currency}" in story.expected:
        repatriation = Repatriation(story, cast, going, figures)
        sentence = f"{abroad} settles: every export's proceeds are home"
        await teller.tell(sentence, len(going), repatriation.bring_home)
    if story.rebate is not None:
        exported = [order for order in going if order.group.group == story.rebate.group]
        rebating = Rebating(story, cast, exported, figures)
        sentence = f"{home}: VAT comes back, and a piece comes home"
        await teller.tell(sentence, len(exported) + 1, rebating.rebate)
