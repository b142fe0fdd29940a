"""A country pack: its rules by key and day, and the hash that names exactly these rules."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from shared.packs.errors import Fault, PackMalformed, PackMissing, RuleMissing
from shared.packs.fields import Fields, Place
from shared.packs.rule import GoldenCase, Rule, labelled, read_rule
from shared.packs.tables import LINES, Table, read_lines, read_table
from shared.packs.values import Digits

FAULTS_MAX = 100
RULES_MAX = 100_000
TABLE_SUFFIX = ".csv"


@dataclass(frozen=True, kw_only=True)
class Pack:
    """The rules of one country. `digest` is `sha256:` over the canonical form."""

    country: str
    version: str
    currency: str
    digits: Digits
    timezone: ZoneInfo
    languages: tuple[str, ...]
    digest: str
    document: Mapping[str, Any]
    rules: tuple[Rule, ...]
    _by_key: Mapping[str, Sequence[Rule]] = field(repr=False)
    _by_goods: Mapping[tuple[str, str], Sequence[Rule]] = field(repr=False)
    _by_kind: Mapping[str, Sequence[Rule]] = field(repr=False)

    def rule(self, key: str, *, on: date) -> Rule:
        """Return the rule in force that day, or raise RuleMissing."""
        for rule in self._by_key.get(key, ()):
            if rule.in_force(on):
                return rule
        raise RuleMissing(
            f"{self.country} has no rule {key} on {on}", key=key, country=self.country
        )

    def has_rule(self, key: str, *, on: date) -> bool:
        return any(rule.in_force(on) for rule in self._by_key.get(key, ()))

    def versions(self, key: str) -> Sequence[Rule]:
        """Return every rule that a key ever had, has or will have, the earliest first."""
        return self._by_key.get(key, ())

    def rules_of_kind(self, kind: str, *, on: date) -> tuple[Rule, ...]:
        """Return every rule of a kind in force that day, in the order of their keys."""
        return tuple(rule for rule in self._by_kind.get(kind, ()) if rule.in_force(on))

    def measures(self, name: str, *, prefix: str, on: date) -> tuple[Rule, ...]:
        """Return the measures of a name written for exactly this goods prefix."""
        return tuple(rule for rule in self._by_goods.get((name, prefix), ()) if rule.in_force(on))

    def with_rule(self, old: Rule, new: Rule) -> "Pack":
        """Return the pack as it would answer with another rule in the place of one it has.

        Its digest stays that of what was read: such a pack is for asking, not for keeping.
        """
        rules = tuple(new if rule is old else rule for rule in self.rules)
        return replace(
            self,
            rules=rules,
            _by_key=_index_keys(rules),
            _by_goods=_index_measures(rules),
            _by_kind=_index_kinds(rules),
        )

    def day_of(self, moment: datetime) -> date:
        """Return the country's own calendar day at that moment."""
        return moment.astimezone(self.timezone).date()

    def golden_cases(self) -> tuple[tuple[Rule, GoldenCase], ...]:
        """Return every case once, although the lines of a table share theirs."""
        first = {id(rule.golden): rule for rule in reversed(self.rules)}
        return tuple((rule, case) for rule in reversed(first.values()) for case in rule.golden)

    def canonical(self) -> bytes:
        """Return the bytes that the digest covers and that another hub can read back."""
        return canonical(self.document)


class Packs:
    """The packs installed here, by country."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        self._by_country = {pack.country: pack for pack in packs}

    def of(self, country: str) -> Pack:
        """Return a country's pack, or raise PackMissing."""
        if country not in self._by_country:
            raise PackMissing(
                f"no rules of {country} are known here: ask its authority, or install its pack",
                country=country,
            )
        return self._by_country[country]

    def of_hub(self, hub: str) -> Pack:
        """Return the pack of the country that a hub such as `my-kul` serves."""
        return self.of(hub[:2].upper())

    def countries(self) -> tuple[str, ...]:
        return tuple(sorted(self._by_country))


def canonical(document: Mapping[str, Any]) -> bytes:
    """One form for one content: sorted keys, no white space, UTF-8. Values are text only."""
    return json.dumps(
        document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def read_pack(document: Mapping[str, Any]) -> Pack:
    """Build a pack from its document, or raise PackMalformed with every fault found.

    The document is {"pack": manifest, "files": {file name: {"rules": [...]}}}, where the file of a
    table is {"columns": [...], "lines": [[...], ...]}.
    """
    manifest = Fields(document.get("pack", ""), Place("pack.yaml"))
    manifest.only("country", "version", "currency", "digits", "timezone", "languages")
    digits = {code: manifest.part("digits").count(code) for code in manifest.part("digits")}
    if manifest.text("currency") not in digits:
        raise manifest.place.field("digits").wrong("must list the country's own currency")
    rules = _read_rules(document.get("files", {}), digits, country=manifest.text("country"))
    by_key = _index_keys(rules)
    _refuse_overlaps(by_key)
    ordered = tuple(sorted(rules, key=lambda rule: (rule.key, rule.valid_from)))
    return Pack(
        country=manifest.text("country"),
        version=manifest.text("version"),
        currency=manifest.text("currency"),
        digits=digits,
        timezone=_timezone(manifest),
        languages=manifest.texts("languages"),
        digest=f"sha256:{hashlib.sha256(canonical(document)).hexdigest()}",
        document=document,
        rules=ordered,
        _by_key=by_key,
        _by_goods=_index_measures(rules),
        _by_kind=_index_kinds(ordered),
    )


def _read_rules(files: Mapping[str, Any], digits: Digits, *, country: str) -> list[Rule]:
    if not isinstance(files, Mapping):
        raise PackMalformed.at(file=country, problem="`files` must be a mapping by file name")
    rules: list[Rule] = []
    faults: list[Fault] = []
    tables: dict[str, Table] = {}
    named: set[str] = set()
    # Tables first: rules name them.
    for name in sorted(files, key=lambda name: (not name.endswith(TABLE_SUFFIX), name)):
        file = f"{country}/{name}"
        try:
            if name.endswith(TABLE_SUFFIX):
                tables[name] = read_table(files[name], file)
                continue
            body = Fields(files[name], Place(file))
            body.only("rules")
            entries = body.rows("rules")
        except PackMalformed as error:
            faults.extend(error.faults)
            continue
        section = name.split("/")[0].removesuffix(".yaml")
        for entry in entries:
            try:
                if LINES in entry:
                    table = _table_of(labelled(entry, digits=digits), name, tables)
                    named.add(table)
                    rules += read_lines(entry, tables[table], section=section, digits=digits)
                else:
                    rules.append(read_rule(entry, section=section, digits=digits))
            except PackMalformed as error:
                faults.extend(error.faults)
    if not faults:
        loose = sorted(tables.keys() - named)
        faults = [Place(f"{country}/{name}").fault("no rule names it") for name in loose]
    if len(rules) > RULES_MAX:
        faults.append(Fault(file="", rule="", field="", problem=f"more than {RULES_MAX} rules"))
    if faults:
        raise PackMalformed(faults[:FAULTS_MAX])
    return rules


def _table_of(entry: Fields, name: str, tables: Mapping[str, Table]) -> str:
    """Return the name of the table that a rule's lines are in: one beside the rule's own file."""
    folder = name.rpartition("/")[0]
    table = f"{folder}/{entry.text(LINES)}" if folder else entry.text(LINES)
    if table not in tables:
        raise entry.place.field(LINES).wrong(f"there is no readable table {table}")
    return table


def _index_keys(rules: Sequence[Rule]) -> dict[str, list[Rule]]:
    by_key: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_key[rule.key].append(rule)
    return by_key


def _index_kinds(rules: Sequence[Rule]) -> dict[str, list[Rule]]:
    by_kind: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        by_kind[rule.kind].append(rule)
    return by_kind


def _index_measures(rules: Sequence[Rule]) -> Mapping[tuple[str, str], Sequence[Rule]]:
    index: dict[tuple[str, str], list[Rule]] = defaultdict(list)
    for rule in rules:
        if rule.kind == "measure":
            for prefix in rule.value.texts("goods"):
                index[rule.value.text("measure"), prefix].append(rule)
    return index


def _refuse_overlaps(by_key: Mapping[str, list[Rule]]) -> None:
    faults = []
    for rules in by_key.values():
        rules.sort(key=lambda rule: rule.valid_from)
        for earlier, later in pairwise(rules):
            if earlier.valid_to is None or later.valid_from < earlier.valid_to:
                problem = f"overlaps the one from {earlier.valid_from}; a key has one rule a day"
                place = later.value.place
                faults.append(
                    Fault(file=place.file, rule=place.rule, field="from", problem=problem)
                )
    if faults:
        raise PackMalformed(faults[:FAULTS_MAX])


def _timezone(manifest: Fields) -> ZoneInfo:
    name = manifest.text("timezone")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError) as error:
        raise manifest.place.field("timezone").wrong(f"{name!r} is not a time zone") from error
