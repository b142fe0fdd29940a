"""A whole piece of guidance, and the id that its facts and its rules always give."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from services.permits.domain.advice import Advice, Rulebook, answer_for
from services.permits.domain.alternatives import Change, changes_of
from services.permits.domain.facts import Facts
from shared.kernel.ids import derived_id

ANSWER = "ans"


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """The facts, the answer, and what would change it."""

    facts: Facts
    advice: Advice
    changes: tuple[Change, ...]


def guide(facts: Facts, book: Rulebook) -> Guidance:
    """Answer for these facts, with what would change the answer."""
    advice = answer_for(facts, book)
    return Guidance(facts=facts, advice=advice, changes=tuple(changes_of(facts, advice, book)))


def answer_id(hub: str, facts: Facts, pack_hashes: Mapping[str, str]) -> str:
    """Return the id of the answer to these facts under these packs.

    It is taken over the facts as JSON with sorted keys, then each country with its pack's hash.
    """
    asked = msgspec.json.encode(facts, order="sorted").decode()
    packs = [f"{country}={pack_hashes[country]}" for country in sorted(pack_hashes)]
    return derived_id(ANSWER, hub, asked, *packs)
