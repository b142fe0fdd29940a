"""What an answer costs: guidance on the shipped packs and on 50,000 measures of 20 countries,
goods found among 20,000 descriptions, and a pack of 50,000 measures read.

CPU milliseconds of this process; percentiles over many questions. Targets: 10 ms and 20 ms at the
99th percentile for guidance, 15 ms for the search, 3,000 ms for reading the pack.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

from services.permits.domain.facts import Facts
from services.permits.domain.guidance import guide
from services.permits.store.goods_index import GoodsIndex
from services.permits.usecases.guidance_book import GuidanceBook, goods_words
from shared.packs.loader import load_packs
from shared.packs.pack import Pack, Packs, read_pack
from shared.reference.nomenclature import Nomenclature

ON = date(2026, 9, 1)
COUNTRIES = 20
MEASURES = 50_000
DESCRIPTIONS = 20_000
QUESTIONS = 500
COFFEE = Facts(
    hs_code="210112",
    nomenclature="CN",
    origin="MY",
    destination="CN",
    route="air",
    channel="9610",
    on=ON,
)
DURIAN = replace(COFFEE, hs_code="081190", product="frozen-durian", route="land")
WORDS = ("fresh", "frozen", "cotton", "steel", "rubber", "plastic", "wooden", "leather", "glass")
THINGS = ("shirt", "cup", "plate", "mattress", "pillow", "pump", "valve", "fruit", "fish", "lamp")


def run(scale: float = 1.0) -> dict[str, Any]:
    """Return CPU milliseconds: 50th and 99th percentile of answers, and of one reading."""
    rng = random.Random(20260901)
    questions = max(50, int(QUESTIONS * scale))
    shipped = load_packs()
    measures = max(400, int(MEASURES * scale))
    document = _document("MY", measures)
    read_ms, _ = _timed(lambda: read_pack(document))
    many = Packs(list(_world(shipped, measures)))
    index = GoodsIndex(goods_words(shipped, on=ON), _nomenclature(int(DESCRIPTIONS * scale), rng))
    facts = [
        replace(each, quantity=n + 1) for n in range(questions // 2) for each in (COFFEE, DURIAN)
    ]
    asked = [f"{rng.choice(WORDS)} {rng.choice(THINGS)}" for _ in range(questions)]
    misspelt = [word[:2] + word[3:] for word in asked]
    return {
        "read_50k_measures_ms": round(read_ms, 1),
        **_percentiles("guidance_shipped", facts, _guiding(GuidanceBook(shipped))),
        **_percentiles("guidance_20_countries", facts, _guiding(GuidanceBook(many))),
        **_percentiles("search", asked, lambda words: index.find(words, limit=10)),
        **_percentiles("search_misspelt", misspelt, lambda words: index.find(words, limit=10)),
        "measures": measures,
        "descriptions": len(index.nomenclature.descriptions),
        "questions": questions,
    }


def _guiding(book: GuidanceBook) -> Callable[[Facts], object]:
    guide(COFFEE, book)  # The day's rules are read once a day, not once a question.
    return lambda facts: guide(facts, book)


def _percentiles(name: str, items: list[Any], work: Callable[[Any], object]) -> dict[str, float]:
    costs = sorted(_timed(lambda item=item: work(item))[0] for item in items)  # type: ignore[misc]
    return {
        f"{name}_p50_ms": round(costs[len(costs) // 2], 3),
        f"{name}_p99_ms": round(costs[len(costs) * 99 // 100], 3),
    }


def _timed(work: Callable[[], object]) -> tuple[float, object]:
    started = time.process_time_ns()
    result = work()
    return max((time.process_time_ns() - started) / 1e6, 0.001), result


def _world(shipped: Packs, measures: int) -> Iterator[Pack]:
    """China and Malaysia with their own rules, and eighteen more countries."""
    each = measures // COUNTRIES
    others = (f"{chr(65 + n // 5)}{chr(65 + n % 5)}" for n in range(COUNTRIES - 2))
    for country in (*shipped.countries(), *others):
        yield read_pack(_document(country, each))


def _document(country: str, measures: int) -> dict[str, Any]:
    """A pack of a country: the shipped rules where there are, and so many made-up controls."""
    packs = load_packs()
    base = deepcopy(dict(packs.of(country if country in packs.countries() else "MY").document))
    base["pack"]["country"] = country
    base["files"]["many.yaml"] = {"rules": [_rule(number) for number in range(measures)]}
    return base


def _rule(number: int) -> dict[str, Any]:
    """A made-up rule: every second one a rate, every second one a control."""
    code = f"{number % 97 + 1:02}{number % 89:02}{number % 83:02}{number // 83 % 100:02}"
    is_control = number % 2
    control = {"direction": "export", "goods": [code], "effect": "open", "conditions": []}
    rate = {"measure": "customs-duty", "goods": [code], "rate": f"{number % 30} %"}
    return {
        "id": "Z1",
        "key": f"made-up.rule-{number}",
        "kind": "control" if is_control else "measure",
        "from": "2026-01-01",
        "status": "unverified",
        "citation": {"instrument": "made up", "source": "this bench"},
        "rounding": {"mode": "half-up", "per": "line"},
        "value": control if is_control else rate,
        "golden": [
            {"name": "x", "ask": "says", "on": "2026-01-01", "given": {}, "expect": {}},
        ],
    }


def _nomenclature(count: int, rng: random.Random) -> Nomenclature:
    codes = {
        f"{n // 2_500 + 1:02}{n // 50 % 50 + 1:02}{n % 50 + 1:02}": " ".join(
            (rng.choice(WORDS), rng.choice(THINGS), "of", rng.choice(WORDS), f"grade{n}")
        )
        for n in range(max(count, 500))
    }
    return Nomenclature(codes, is_complete=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    sys.stdout.write(json.dumps(run(parser.parse_args().scale), indent=2) + "\n")
