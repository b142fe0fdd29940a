"""Whether a question makes sense before it is answered: what can't be is refused by name."""

from dataclasses import replace

from services.permits.domain.facts import (
    HS_DIGITS_SHARED,
    ChannelUnknown,
    Facts,
    FactsContradictory,
    GoodsNotFound,
    GoodsUnclear,
    HsUnknown,
)
from services.permits.store.goods_index import GoodsFound, GoodsIndex
from services.permits.usecases.guidance_book import GuidanceBook

CANDIDATES_MAX = 5
CONFIDENCE_MIN = 80
"""Words that are less sure to mean the first goods found are asked back."""


def with_goods_named(facts: Facts, words: str, index: GoodsIndex) -> Facts:
    """Return the facts with the goods that the words mean, or raise GoodsUnclear."""
    found = [one for one in index.find(words, limit=CANDIDATES_MAX) if one.product]
    if not found:
        raise GoodsNotFound("no goods are known by these words", field="words")
    best = [one for one in found if one.confidence >= CONFIDENCE_MIN]
    sure = best and (len(best) == 1 or best[0].confidence > best[1].confidence)
    if not sure:
        raise GoodsUnclear(
            f"the words may mean any of {len(found)} kinds of goods",
            field="words",
            candidates=[_candidate(one) for one in found],
        )
    # The words name the code as far as all countries share it.
    return replace(facts, hs_code=best[0].code[:HS_DIGITS_SHARED], product=best[0].product)


def check_facts(facts: Facts, book: GuidanceBook, index: GoodsIndex) -> None:
    """Raise FactsContradictory, ChannelUnknown or HsUnknown for a question that can't be."""
    if facts.origin == facts.destination:
        raise FactsContradictory("origin and destination are the same", field="destination")
    if facts.value is not None and facts.value.minor < 0:
        raise FactsContradictory("goods are worth nothing or more", field="value")
    if not index.nomenclature.knows(facts.hs_code) or facts.hs_code[:2] in {"00", "77", "98"}:
        raise HsUnknown(f"{facts.hs_code} is no code of the nomenclature", field="hs_code")
    _check_national(facts, book)
    _check_product(facts, index)
    _check_channel(facts, book)


def _check_national(facts: Facts, book: GuidanceBook) -> None:
    if len(facts.hs_code) <= HS_DIGITS_SHARED:
        return
    if facts.nomenclature not in {facts.origin, facts.destination}:
        raise FactsContradictory(
            f"{facts.nomenclature} is neither origin nor destination", field="nomenclature"
        )
    rules = book.rules(facts.nomenclature, on=facts.on)
    digits = rules.code_digits if rules else None
    if digits is not None and len(facts.hs_code) > digits:
        raise HsUnknown(f"codes of {facts.nomenclature} have {digits} digits", field="hs_code")


def _check_product(facts: Facts, index: GoodsIndex) -> None:
    codes = index.codes_of(facts.product) if facts.product else ()
    shared = facts.hs_code[:HS_DIGITS_SHARED]
    if codes and not any(code.startswith(shared) for code in codes):
        raise FactsContradictory(
            f"{facts.product} is under {', '.join(codes)}, not {shared}", field="product"
        )


def _check_channel(facts: Facts, book: GuidanceBook) -> None:
    ways = ((facts.origin, "export"), (facts.destination, "import"))
    read = [(book.rules(country, on=facts.on), way) for country, way in ways]
    known = [
        channel for rules, way in read if rules for channel in rules.channels if channel.is_for(way)
    ]
    # Before the first rule, or without a pack, the answer itself says what is missing.
    if not known or any(rules is None for rules, _ in read):
        return
    same = [channel for channel in known if channel.code == facts.channel]
    if not same:
        codes = ", ".join(sorted({channel.code for channel in known}))
        raise ChannelUnknown(f"no channel {facts.channel}; known: {codes}", field="channel")
    if all(channel.routes and facts.route not in channel.routes for channel in same):
        raise FactsContradictory(f"{facts.channel} does not go by {facts.route}", field="route")


def _candidate(one: GoodsFound) -> dict[str, object]:
    return {
        "hs_code": one.code,
        "product": one.product,
        "confidence": one.confidence,
        "words": list(one.words),
    }
