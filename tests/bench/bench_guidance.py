"""What an answer costs: guidance on the shipped packs and on 50,000 measures of 20 countries,
goods found among 20,000 descriptions, and a pack of 50,000 measures loaded from its folder.

CPU milliseconds of this process; percentiles over many questions. Baselines of the same run: rules
read one after the other for guidance, every description compared for the search, the same measures
written out in YAML for the pack.
"""

import argparse
import csv
import json
import random
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest.mock import patch

from rapidfuzz import fuzz, process

from services.permits.domain.control import Control, CountryRules
from services.permits.domain.facts import Facts
from services.permits.domain.guidance import guide
from services.permits.store.goods_index import GoodsIndex
from services.permits.usecases.guidance_book import GuidanceBook, goods_words
from shared.packs.lint import check_pack
from shared.packs.loader import PACKS_FOLDER, load_pack, load_packs
from shared.packs.pack import Packs
from shared.reference.nomenclature import Nomenclature

T = TypeVar("T")
ON = date(2026, 9, 1)
COUNTRIES = 20
MEASURES = 50_000
DESCRIPTIONS = 20_000
QUESTIONS = 500
BASELINE_QUESTIONS = 10
YAML_SHARE = 10
"""The baseline in YAML is measured on so much fewer measures."""
TARGETS = {
    "load_ms_max": 3_000,
    "guidance_shipped_p99_ms_max": 10,
    "guidance_20_countries_p99_ms_max": 20,
    "search_p99_ms_max": 15,
    "search_misspelt_p99_ms_max": 15,
}
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
HEAD = """\
rules:
  - id: Z1
    key: made-up.{kind}
    kind: {kind}
    from: 2026-01-01
    status: unverified
    lines: {kind}.csv
    citation: {{instrument: made up, source: this bench}}
    rounding: {{mode: half-up, per: line}}
    value: {value}
    golden: [{{name: x, ask: says, on: 2026-01-01, given: {{}}, expect: {{}}}}]
"""
VALUES = {
    "measure": "{measure: preferential-duty, scheme: acfta, origins: [CN, TH]}",
    "control": "{effect: conditions, conditions: [{requires: route, allowed: [air, sea]}]}",
}
COLUMNS = {"measure": ("goods", "rate"), "control": ("direction", "goods")}


def run(scale: float = 1.0) -> dict[str, Any]:
    """Return CPU milliseconds: 50th and 99th percentile of answers, and of one loading."""
    rng = random.Random(20260901)
    measures = max(400, int(MEASURES * scale))
    with TemporaryDirectory() as folder:
        loading = _loading(Path(folder), measures)
        world = Packs([load_pack(one) for one in _world(Path(folder), measures)])
    shipped = load_packs()
    index = GoodsIndex(goods_words(shipped, on=ON), _nomenclature(int(DESCRIPTIONS * scale), rng))
    questions = max(50, int(QUESTIONS * scale))
    asked = [f"{rng.choice(WORDS)} {rng.choice(THINGS)}" for _ in range(questions)]
    misspelt = [word[:2] + word[3:] for word in asked]
    some = asked[:BASELINE_QUESTIONS]
    descriptions = list(index.nomenclature.descriptions.values())
    lane = [replace(each, quantity=n + 1) for n in range(questions) for each in (COFFEE, DURIAN)]
    wide = [_question(world, rng) for _ in range(questions // 2)] + lane[: questions // 2]
    result = {
        **loading,
        **_percentiles("guidance_shipped", lane[:questions], _guiding(shipped)),
        **_percentiles("guidance_20_countries", wide, _guiding(world)),
        **_percentiles("search", asked, lambda words: index.find(words, limit=10)),
        **_percentiles("search_misspelt", misspelt, lambda words: index.find(words, limit=10)),
        **_percentiles("search_baseline", some, lambda words: _compared(words, descriptions)),
        "measures": measures,
        "countries": len(world.countries()),
        "descriptions": len(descriptions),
        "questions": questions,
        "targets": TARGETS,
    }
    with patch.object(CountryRules, "about", _read_through):
        result |= _percentiles("guidance_baseline", wide[:BASELINE_QUESTIONS], _guiding(world))
    for name in ("guidance_20_countries", "search"):
        baseline = result[f"{name.removesuffix('_20_countries')}_baseline_p50_ms"]
        result[f"{name}_speedup"] = round(baseline / result[f"{name}_p50_ms"], 2)
    return result


def _read_through(rules: CountryRules, facts: Facts, direction: str) -> tuple[Control, ...]:
    """The baseline: every control of the country, as if there were no index."""
    return tuple(control for control in rules.controls if control.direction == direction)


def _compared(words: str, descriptions: list[str]) -> object:
    """The baseline: the words compared to every description."""
    return process.extract(words, descriptions, scorer=fuzz.token_set_ratio, limit=10)


def _question(world: Packs, rng: random.Random) -> Facts:
    """Some goods from some country to another, on some day of the next months."""
    origin, destination = rng.sample(world.countries(), 2)
    number, on = rng.randrange(10**6), ON + timedelta(days=rng.randrange(100))
    facts = replace(COFFEE, origin=origin, destination=destination, nomenclature=origin, on=on)
    return replace(facts, hs_code=_code(number), route=rng.choice(("air", "sea", "land")))


def _guiding(packs: Packs) -> Callable[[Facts], object]:
    book = GuidanceBook(packs)
    for country in packs.countries():  # Rules are read when they change, not once a question.
        guide(replace(COFFEE, origin=country), book)
    return lambda facts: guide(facts, book)


def _percentiles(name: str, items: list[Any], work: Callable[[Any], object]) -> dict[str, float]:
    costs = sorted(_timed(lambda item=item: work(item))[0] for item in items)  # type: ignore[misc]
    return {
        f"{name}_p50_ms": round(costs[len(costs) // 2], 3),
        f"{name}_p99_ms": round(costs[len(costs) * 99 // 100], 3),
    }


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    started = time.process_time_ns()
    result = work()
    return max((time.process_time_ns() - started) / 1e6, 0.001), result


def _loading(folder: Path, measures: int) -> dict[str, Any]:
    """Load a pack whose rates are in a table, and a tenth of it written out in YAML."""
    table = _folder(folder / "table" / "MY", {"measure": measures})
    written = _folder(folder / "written" / "MY", {})
    fewer = max(measures // YAML_SHARE, 40)
    (written / "many.yaml").write_text("rules:\n" + "".join(map(_written, range(fewer))))
    load_ms, pack = _timed(lambda: load_pack(table))
    lint_ms, _ = _timed(lambda: check_pack(pack))
    yaml_ms, _ = _timed(lambda: load_pack(written))
    return {
        "load_ms": round(load_ms, 1),
        "lint_ms": round(lint_ms, 1),
        "load_yaml_ms_per_1000": round(yaml_ms * 1_000 / fewer, 2),
        "load_speedup": round(yaml_ms / fewer * measures / load_ms, 2),
    }


def _world(folder: Path, measures: int) -> list[Path]:
    """China and Malaysia with their own rules, and eighteen more countries: rates and controls."""
    others = [f"{chr(65 + n // 5)}{chr(65 + n % 5)}" for n in range(COUNTRIES - 2)]
    each = measures // COUNTRIES // 2
    return [
        _folder(folder / country, {"measure": each, "control": each})
        for country in ("CN", "MY", *others)
    ]


def _folder(folder: Path, lines: dict[str, int]) -> Path:
    """A pack's folder: what is shipped for the country, else Malaysia's, and made-up tables."""
    shipped = PACKS_FOLDER / folder.name
    shutil.copytree(shipped if shipped.exists() else PACKS_FOLDER / "MY", folder)
    manifest = (folder / "pack.yaml").read_text()
    (folder / "pack.yaml").write_text(manifest.replace("country: MY", f"country: {folder.name}"))
    for kind, count in lines.items():
        (folder / f"many-{kind}.yaml").write_text(HEAD.format(kind=kind, value=VALUES[kind]))
        with (folder / f"{kind}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("name", *COLUMNS[kind]))
            writer.writerows(_line(kind, number) for number in range(count))
    return folder


def _line(kind: str, number: int) -> tuple[str, str, str]:
    if kind == "measure":
        return f"n{number}", _code(number), f"{number % 30} %"
    return f"n{number}", "export" if number % 2 else "import", _code(number)


def _written(number: int) -> str:
    """One measure as YAML of its own."""
    text = HEAD.format(kind="measure", value="").removeprefix("rules:\n")
    goods, percent = _code(number), number % 30
    rate = f"{{measure: preferential-duty, scheme: acfta, goods: ['{goods}'], rate: {percent} %}}"
    text = text.replace("    lines: measure.csv\n", "").replace("value: ", f"value: {rate}")
    return text.replace("made-up.measure", f"made-up.measure.n{number}")


def _code(number: int) -> str:
    return f"{number % 96 + 1:02}{number % 89:02}{number % 83:02}{number // 83 % 100:02}"


def _rare(number: int) -> str:
    """One of 8,000 words of three syllables: as many as a nomenclature uses."""
    parts = (number % 20, number // 20 % 20, number // 400 % 20)
    return "".join(f"{'bdfghjklmnprstvwxzcq'[part]}{'aeiou'[part % 5]}" for part in parts)


def _nomenclature(count: int, rng: random.Random) -> Nomenclature:
    codes = {
        f"{n // 2_500 + 1:02}{n // 50 % 50 + 1:02}{n % 50 + 1:02}": " ".join(
            (rng.choice(WORDS), rng.choice(THINGS), "of", rng.choice(WORDS), _rare(n))
        )
        for n in range(max(count, 500))
    }
    return Nomenclature(codes, is_complete=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    sys.stdout.write(json.dumps(run(parser.parse_args().scale), indent=2) + "\n")
