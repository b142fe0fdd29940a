"""A pack gives the rule of the day, names mistakes by place, and has one hash per content."""

import json
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.packs.errors import PackMalformed, PackMissing, RuleMissing
from shared.packs.loader import load_pack, load_packs
from shared.packs.measures import find_measure
from shared.packs.pack import Pack, read_pack

GOLDEN = {"name": "a case", "ask": "nothing", "on": "2026-01-01", "given": {}, "expect": {}}


def a_rule(**changes: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": "T1",
        "key": "test.limit",
        "kind": "limit",
        "from": "2020-01-01",
        "status": "sourced",
        "citation": {"instrument": "Act 1", "source": "a page"},
        "value": {"amount": "500.00 MYR", "of": "cif", "per": "consignment"},
        "golden": [GOLDEN],
    }
    return {name: value for name, value in (rule | changes).items() if value is not None}


def a_measure(key: str, rate: str, **value: Any) -> dict[str, Any]:
    return a_rule(key=key, kind="measure", value={"measure": "customs-duty", "rate": rate, **value})


def a_document(*rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "pack": {
            "country": "MY",
            "version": "1",
            "currency": "MYR",
            "digits": {"MYR": "2"},
            "timezone": "Asia/Kuala_Lumpur",
            "languages": ["ms"],
        },
        "files": {"customs.yaml": {"rules": list(rules or [a_rule()])}},
    }


def a_pack(*rules: dict[str, Any]) -> Pack:
    return read_pack(a_document(*rules))


class TestRule:
    def test_is_the_one_in_force_that_day_with_its_end_exclusive(self) -> None:
        old = a_rule(to="2026-01-01", value=a_rule()["value"] | {"amount": "50.00 MYR"})
        pack = a_pack(old, a_rule(**{"from": "2026-01-01"}))

        amounts = [
            pack.rule("test.limit", on=day).value.money("amount").minor
            for day in (date(2020, 1, 1), date(2025, 12, 31), date(2026, 1, 1))
        ]

        assert amounts == [5_000, 5_000, 50_000]

    @pytest.mark.parametrize(
        ("key", "on"),
        [("test.limit", date(2019, 12, 31)), ("test.other", date(2026, 1, 1))],
    )
    def test_is_missing_rather_than_guessed(self, key: str, on: date) -> None:
        with pytest.raises(RuleMissing) as refusal:
            a_pack().rule(key, on=on)

        assert refusal.value.details["key"] == key

    def test_is_of_the_country_s_own_day(self) -> None:
        late_in_utc = datetime(2025, 12, 31, 16, 30, tzinfo=UTC)

        assert a_pack().day_of(late_in_utc) == date(2026, 1, 1)


class TestMistakes:
    @pytest.mark.parametrize(
        ("change", "field", "problem"),
        [
            ({"key": None}, "key", "missing"),
            ({"id": "limit"}, "id", "like C3"),
            ({"key": "Limit"}, "key", "like cbec"),
            ({"from": "2020-13-01"}, "from", ""),
            ({"to": "2020-01-01"}, "to", "exclusive"),
            ({"status": "sure"}, "status", "sourced or unverified"),
            ({"fixture": "yes"}, "status", "fixture is unverified"),
            ({"citation": {"instrument": "Act 1"}}, "citation.source", "missing"),
            ({"rounding": {"mode": "up-ish", "per": "line"}}, "rounding.mode", "half-up"),
            ({"rounding": {"mode": "up", "per": "year"}}, "rounding.per", "line"),
            ({"golden": []}, "golden", "1 to"),
            ({"golden": [GOLDEN | {"on": "soon"}]}, "golden[0].on", "not a day"),
            ({"colour": "red"}, "colour", "not one of"),
            ({"kind": "whim"}, "value.kind", "not a kind"),
            ({"value": {"of": "cif", "per": "x"}}, "value.amount", "missing"),
            ({"value": {"amount": "5 MYR", "of": "c", "per": "x"}}, "value.amount", "2 decimals"),
            ({"value": a_rule()["value"] | {"limt": "1"}}, "value.limt", "not one of"),
        ],
    )
    def test_are_named_by_file_rule_and_field(
        self, change: dict[str, Any], field: str, problem: str
    ) -> None:
        with pytest.raises(PackMalformed) as refusal:
            a_pack(a_rule(**change))

        fault = refusal.value.faults[0]
        assert (fault.file, fault.field) == ("MY/customs.yaml", field)
        assert fault.rule.startswith(("T1", "limit", "test"))
        assert problem in fault.problem

    def test_are_all_told_at_once(self) -> None:
        with pytest.raises(PackMalformed) as refusal:
            a_pack(a_rule(status="sure"), a_rule(key="test.other", kind="whim"))

        assert len(refusal.value.faults) == 2

    def test_include_two_rules_of_one_key_on_one_day(self) -> None:
        with pytest.raises(PackMalformed, match="one rule a day"):
            a_pack(a_rule(), a_rule(**{"from": "2021-01-01"}))

    def test_include_a_currency_without_its_digits(self) -> None:
        document = a_document()
        document["pack"]["digits"] = {"CNY": "2"}

        with pytest.raises(PackMalformed, match="own currency"):
            read_pack(document)


class TestDigest:
    def test_is_the_same_however_the_content_was_written(self) -> None:
        document = a_document()
        turned = json.loads(json.dumps(document, sort_keys=True))

        assert read_pack(document).digest == read_pack(turned).digest

    def test_changes_with_every_word(self) -> None:
        changed = deepcopy(a_document())
        changed["files"]["customs.yaml"]["rules"][0]["value"]["amount"] = "500.01 MYR"

        assert read_pack(changed).digest != a_pack().digest

    def test_is_kept_by_a_pack_that_travelled(self) -> None:
        for country in load_packs().countries():
            pack = load_packs().of(country)
            again = read_pack(json.loads(pack.canonical()))
            assert again.digest == pack.digest
            assert again.rules[0].key == pack.rules[0].key


class TestFindMeasure:
    def found(self, *rules: dict[str, Any], hs_code: str, origin: str = "CN") -> str | None:
        on = date(2026, 1, 1)
        measure = find_measure(
            a_pack(*rules), "customs-duty", hs_code=hs_code, origin=origin, on=on
        )
        return None if measure is None else measure.rule.key

    def test_prefers_the_longest_prefix_and_falls_back_to_all_goods(self) -> None:
        rules = [
            a_measure("duty.all", "5 %", goods=["*"]),
            a_measure("duty.chapter", "10 %", goods=["39"]),
            a_measure("duty.heading", "20 %", goods=["3926"]),
        ]

        assert self.found(*rules, hs_code="3926909900") == "duty.heading"
        assert self.found(*rules, hs_code="3920100000") == "duty.chapter"
        assert self.found(*rules, hs_code="0101210000") == "duty.all"

    def test_prefers_a_named_origin_and_leaves_out_exceptions(self) -> None:
        rules = [
            a_measure("duty.mfn", "20 %", goods=["39"], **{"except": ["3926"]}),
            a_measure("duty.asean", "0 %", goods=["39"], origins=["MY"]),
        ]

        assert self.found(*rules, hs_code="3920100000", origin="MY") == "duty.asean"
        assert self.found(*rules, hs_code="3920100000") == "duty.mfn"
        assert self.found(*rules, hs_code="3926909900") is None

    def test_refuses_two_that_are_equally_specific(self) -> None:
        rules = [
            a_measure("duty.one", "1 %", goods=["39"]),
            a_measure("duty.two", "2 %", goods=["39"]),
        ]

        with pytest.raises(PackMalformed, match=r"duty\.two"):
            self.found(*rules, hs_code="3920100000")


class TestLoadPack:
    def written(self, tmp_path: Path, text: str) -> Path:
        folder = tmp_path / "MY"
        folder.mkdir()
        (folder / "pack.yaml").write_text(yaml.safe_dump(a_document()["pack"]))
        (folder / "customs.yaml").write_text(text)
        return folder

    def test_reads_every_scalar_as_text(self, tmp_path: Path) -> None:
        value = {"measure": "customs-duty", "goods": ["0901"], "origins": ["NO"], "rate": "5 %"}
        rule = a_rule(kind="measure", value=value)
        text = yaml.safe_dump({"rules": [rule]}).replace("'NO'", "NO").replace("'0901'", "0901")

        pack = load_pack(self.written(tmp_path, text))

        assert pack.rules[0].value.texts("goods") == ("0901",)
        assert pack.rules[0].value.texts("origins") == ("NO",)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("rules: []\nrules: []\n", "written twice"),
            ("rules: [&a {x: 1}, *a]\n", "aliases"),
            ("rules: [", "not readable YAML"),
            ("rule: []\n", "not one of"),
            ("rules: text\n", "must be a list"),
        ],
    )
    def test_names_the_file_it_cannot_read(self, tmp_path: Path, text: str, problem: str) -> None:
        with pytest.raises(PackMalformed, match=problem) as refusal:
            load_pack(self.written(tmp_path, text))

        assert refusal.value.faults[0].file == "MY/customs.yaml"

    def test_reads_a_folder_below_as_one_section(self, tmp_path: Path) -> None:
        folder = self.written(tmp_path, "rules: []\n")
        (folder / "tariff").mkdir()
        (folder / "tariff" / "39.yaml").write_text(yaml.safe_dump({"rules": [a_rule()]}))

        assert load_pack(folder).rules[0].section == "tariff"

    def test_needs_a_manifest(self, tmp_path: Path) -> None:
        with pytest.raises(PackMalformed, match="is missing"):
            load_pack(tmp_path)


class TestPacks:
    def test_are_found_by_country_and_by_hub(self) -> None:
        packs = load_packs()

        assert packs.of_hub("my-kul") is packs.of("MY")
        with pytest.raises(PackMissing):
            packs.of("SG")
