"""What would change a piece of guidance: the same question with other facts, asked again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.permits.domain.advice import Advice, Rulebook, Verdict, answer_for
from services.permits.domain.facts import Facts
from shared.kernel.money import Money

ROUTES = ("air", "sea", "land")
HORIZON = timedelta(days=365)
"""How far ahead the answer looks for rules that begin or end."""
DAYS_TRIED_MAX = 20


@dataclass(frozen=True, kw_only=True)
class Change:
    """Other facts, and the verdict they would lead to."""

    facts: Mapping[str, str]
    verdict: Verdict
    papers: int


def changes_of(facts: Facts, answer: Advice, book: Rulebook) -> Iterator[Change]:
    """Try other routes, channels and days, and what would remove every blocker at once."""
    for route in ROUTES:
        if route != facts.route:
            yield from _if_other(replace(facts, route=route), {"route": route}, answer, book)
    for channel in _channels(facts, book):
        if channel != facts.channel:
            tried = replace(facts, channel=channel)
            yield from _if_other(tried, {"channel": channel}, answer, book)
    yield from _if_fewer(facts, answer, book)
    for day in _days_of_change(facts, book):
        tried = replace(facts, on=day)
        yield from _if_other(tried, {"on": day.isoformat()}, answer, book)
    yield from _if_remedied(facts, answer, book)


def _if_other(
    tried: Facts, changed: Mapping[str, str], answer: Advice, book: Rulebook
) -> Iterator[Change]:
    other = answer_for(tried, book)
    if (other.verdict, len(other.plan.papers)) != (answer.verdict, len(answer.plan.papers)):
        yield Change(facts=changed, verdict=other.verdict, papers=len(other.plan.papers))


def _if_fewer(facts: Facts, answer: Advice, book: Rulebook) -> Iterator[Change]:
    """Try as many pieces as stay within the lowest value that stands in the way."""
    limits = [
        int(each.remedy["value_minor_max"])
        for each in answer.blockers
        if each.code == "value-over-limit"
    ]
    if not limits or facts.value is None or facts.quantity is None:
        return
    pieces = min(limits) * facts.quantity // facts.value.minor
    if pieces:
        value = Money(facts.value.minor * pieces // facts.quantity, facts.value.currency)
        tried = replace(facts, quantity=pieces, value=value)
        yield from _if_other(tried, {"quantity": str(pieces)}, answer, book)


def _if_remedied(facts: Facts, answer: Advice, book: Rulebook) -> Iterator[Change]:
    remedy = {name: value for each in answer.blockers for name, value in each.remedy.items()}
    if not remedy:
        return
    tried = replace(
        facts,
        route=remedy.get("route", facts.route),
        channel=remedy.get("channel", facts.channel),
    )
    other = answer_for(tried, book, assumed=remedy.keys())
    yield Change(facts=remedy, verdict=other.verdict, papers=len(other.plan.papers))


def _channels(facts: Facts, book: Rulebook) -> tuple[str, ...]:
    ways = ((facts.origin, "export"), (facts.destination, "import"))
    known = [(book.rules(country, on=facts.on), way) for country, way in ways]
    channels = [
        channel.code
        for rules, way in known
        if rules
        for channel in rules.channels
        if channel.is_for(way) and (not channel.routes or facts.route in channel.routes)
    ]
    return tuple(dict.fromkeys(channels))


def _days_of_change(facts: Facts, book: Rulebook) -> tuple[date, ...]:
    """Return the days within the horizon on which a rule of either country begins or ends."""
    days = {
        day
        for country in (facts.origin, facts.destination)
        for day in book.days_of_change(country, after=facts.on, until=facts.on + HORIZON)
    }
    return tuple(sorted(days))[:DAYS_TRIED_MAX]
