"""A whole piece of guidance, and the id that its facts and its rules always give."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from services.permits.domain.advice import Advice, Rulebook, answer_for
from services.permits.domain.alternatives import Change, changes_of
from services.permits.domain.facts import Facts
from services.permits.domain.wording import summary_of
from shared.kernel.ids import derived_id

ANSWER = "ans"


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """The facts, the answer, and what would change it."""

    facts: Facts
    advice: Advice
    changes: tuple[Change, ...]
    summary: Mapping[str, str] = field(default_factory=dict)


def guide(facts: Facts, book: Rulebook) -> Guidance:
    """Answer for these facts, with what would change the answer."""
    advice = answer_for(facts, book)
    ways = (facts.origin, facts.destination)
    labels: dict[str, Mapping[str, str]] = {}
    for rules in (book.rules(country, on=facts.on) for country in ways):
        labels |= rules.labels if rules else {}
    return Guidance(
        facts=facts,
        advice=advice,
        changes=tuple(changes_of(facts, advice, book)),
        summary=summary_of(facts, advice, labels),
    )


def answer_id(hub: str, facts: Facts, pack_hashes: Mapping[str, str]) -> str:
    """Return the id of the answer to these facts under these packs.

    It is taken over the facts as JSON with sorted keys, then each country with its pack's hash.
    """
    asked = msgspec.json.encode(facts, order="sorted").decode()
    packs = [f"{country}={pack_hashes[country]}" for country in sorted(pack_hashes)]
    return derived_id(ANSWER, hub, asked, *packs)
