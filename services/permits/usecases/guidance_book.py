"""What countries say about moving goods, read from the packs installed at this hub."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from services.permits.domain.control import (
    Channel,
    Condition,
    Control,
    CountryRules,
    Effect,
    RuleRef,
    Waiver,
)
from services.permits.domain.papers import Paper
from services.permits.store.goods_index import LANGUAGES, GoodsWords
from services.permits.usecases.permit_book import read_registers
from shared.packs.fields import Fields
from shared.packs.pack import Pack, Packs
from shared.packs.rule import Rule, Status

CONTROL, PAPER, CHANNELS, GOODS_WORDS = "control", "paper", "channels", "goods-words"
LABELS, NOMENCLATURE = "labels", "nomenclature"
DAYS_KEPT_MAX = 128


class GuidanceBook:
    """The rules of every country whose pack is installed."""

    def __init__(self, packs: Packs) -> None:
        self._packs = packs
        self._rules = lru_cache(DAYS_KEPT_MAX)(self._read)
        self._days = lru_cache(DAYS_KEPT_MAX)(self._read_days)
        self._edges = lru_cache(DAYS_KEPT_MAX)(self._read_edges)

    def rules(self, country: str, *, on: date) -> CountryRules | None:
        """Return a country's rules of a day, None where no pack of it is installed."""
        return self._rules(country, self._since(country, on))

    def pack_hashes(self, *countries: str) -> Mapping[str, str]:
        """Return the hash of each country's pack, `none` where none is installed."""
        known = self._packs.countries()
        return {c: self._packs.of(c).digest if c in known else "none" for c in countries}

    def days_of_change(self, country: str, *, after: date, until: date) -> tuple[date, ...]:
        """Return the days in (after, until] on which rules of a country begin or end."""
        return tuple(day for day in self._days(country) if after < day <= until)

    def _read_days(self, country: str) -> tuple[date, ...]:
        if country not in self._packs.countries():
            return ()
        return _days([r for r in self._packs.of(country).rules if r.kind in {CONTROL, PAPER}])

    def _since(self, country: str, on: date) -> date:
        """Return since when all rules are what they are on a day: rules are read once for both."""
        days = self._edges(country)
        number = bisect_right(days, on)
        return days[number - 1] if number else date.min

    def _read_edges(self, country: str) -> tuple[date, ...]:
        known = country in self._packs.countries()
        return _days(self._packs.of(country).rules) if known else ()

    def _read(self, country: str, on: date) -> CountryRules | None:
        if country not in self._packs.countries():
            return None
        return read_country(self._packs.of(country), on=on)


def _days(rules: Iterable[Rule]) -> tuple[date, ...]:
    """Return the days on which any of the rules begins or ends."""
    days = {day for rule in rules for day in (rule.valid_from, rule.valid_to) if day}
    return tuple(sorted(days))


def read_country(pack: Pack, *, on: date) -> CountryRules:
    """Return what a pack says of one day."""
    papers = [read_paper(rule) for rule in pack.rules_of_kind(PAPER, on=on)]
    return CountryRules(
        country=pack.country,
        pack_hash=pack.digest,
        controls=tuple(
            _control(rule, country=pack.country) for rule in pack.rules_of_kind(CONTROL, on=on)
        ),
        papers={paper.key: paper for paper in papers},
        registers=read_registers(pack, on=on),
        channels=tuple(
            Channel(
                code=row.text("code"),
                direction=row.text("direction"),
                routes=_texts(row, "routes"),
            )
            for rule in pack.rules_of_kind(CHANNELS, on=on)
            for row in rule.value.rows("rows")
        ),
        labels={
            row.text("code"): {language: row.text(language) for language in LANGUAGES}
            for rule in pack.rules_of_kind(LABELS, on=on)
            for row in rule.value.rows("rows")
        },
        first_day=min(
            (rule.valid_from for rule in pack.rules if rule.kind == CONTROL), default=None
        ),
        code_digits=next(
            (r.value.count("digits") for r in pack.rules_of_kind(NOMENCLATURE, on=on)), None
        ),
    )


def read_paper(rule: Rule) -> Paper:
    value = rule.value
    return Paper(
        key=rule.key.removeprefix(f"{PAPER}."),
        names={language: value.part("names").text(language) for language in value.part("names")},
        document_code=value.text("document_code"),
        issuer=value.text("issuer"),
        fee=value.money("fee"),
        days=value.count("days"),
        needs=value.texts("needs"),
        permit_type=value.text("permit_type") if "permit_type" in value else None,
    )


def _control(rule: Rule, *, country: str) -> Control:
    value = rule.value
    return Control(
        rule=RuleRef(
            country=country,
            rule_id=rule.id,
            key=rule.key,
            instrument=rule.citation.instrument,
            source=rule.citation.source,
            is_sourced=rule.status is Status.SOURCED,
            valid_from=rule.valid_from,
            valid_to=rule.valid_to,
        ),
        direction=value.text("direction"),
        goods=value.texts("goods"),
        excepts=_texts(value, "except"),
        product=_text(value, "product") or None,
        partners=_texts(value, "partners"),
        channels=_texts(value, "channels"),
        effect=Effect(value.text("effect")),
        conditions=tuple(_condition(row) for row in value.rows("conditions")),
    )


def _condition(row: Fields) -> Condition:
    waiver = None
    if "waiver" in row:
        waiver = Waiver(
            code=row.text("waiver"),
            to_value=row.money("to_value") if "to_value" in row else None,
            to_quantity=row.count("to_quantity") if "to_quantity" in row else None,
            to_weight_g=row.count("to_weight_g") if "to_weight_g" in row else None,
        )
    return Condition(
        requires=row.text("requires"),
        paper=_text(row, "paper"),
        fact=_text(row, "fact"),
        register=_text(row, "register"),
        allowed=_texts(row, "allowed"),
        waiver=waiver,
        to_value=row.money("to_value") if "to_value" in row else None,
        or_quantity=row.count("or_quantity") if "or_quantity" in row else None,
    )


def _text(fields: Fields, name: str) -> str:
    return fields.text(name) if name in fields else ""


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    return fields.texts(name) if name in fields else ()


def goods_words(packs: Packs, *, on: date) -> list[GoodsWords]:
    """Return the goods that the packs name in plain words."""
    return [
        GoodsWords(
            code=row.text("code"),
            product=row.text("product"),
            words=tuple(row.text(language) for language in LANGUAGES),
        )
        for country in packs.countries()
        for rule in packs.of(country).rules_of_kind(GOODS_WORDS, on=on)
        for row in rule.value.rows("rows")
    ]
