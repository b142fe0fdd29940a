"""Rules of a table: a line each in a CSV file, completed by one rule in YAML."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.packs.errors import PackMalformed
from shared.packs.golden import failures_of
from shared.packs.lint import lint_pack
from shared.packs.loader import load_pack
from shared.packs.measures import find_measure
from shared.packs.mutation import unguarded
from shared.packs.pack import Pack, read_pack
from shared.packs.questions import QUESTIONS
from tests.unit.packs.test_pack import a_document, a_rule

ON = date(2026, 9, 1)
DUTY = """\
name,goods,origins,rate
coffee,210112,,12 %
coffee-of-asean,210112,MY TH,0 %
pillows,940490 940421,,10 %
"""


def duty(**changes: Any) -> dict[str, Any]:
    case = {
        "name": "coffee",
        "ask": "says",
        "on": "2020-01-01",
        "given": {"key": "tariff.duty.coffee"},
        "expect": {"rate": "12 %", "goods": ["210112"], "from": "2020-01-01"},
    }
    rule = {
        "key": "tariff.duty",
        "kind": "measure",
        "lines": "duty.csv",
        "rounding": {"mode": "half-up", "per": "line"},
        "value": {"measure": "customs-duty"},
        "golden": [case],
    }
    return a_rule(**(rule | changes))


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Pack]:
    def load(table: str | bytes = DUTY, *, file: str = "duty.csv", **changes: Any) -> Pack:
        document, folder = a_document(duty(**changes)), tmp_path / "MY"
        folder.mkdir()
        (folder / "pack.yaml").write_text(json.dumps(document["pack"]))
        (folder / "tariff.yaml").write_text(yaml.safe_dump(document["files"]["customs.yaml"]))
        (folder / file).write_bytes(table if isinstance(table, bytes) else table.encode())
        return load_pack(folder)

    return load


class TestLines:
    def test_are_rules_of_their_own_with_what_they_share(self, loaded: Callable[..., Pack]) -> None:
        pack = loaded()

        found = [
            find_measure(pack, "customs-duty", hs_code=code, origin=origin, on=ON)
            for code, origin in (("2101120000", "CN"), ("2101120000", "TH"), ("940421", "CN"))
        ]

        assert [measure and str(measure.rate) for measure in found] == ["0.12", "0", "0.1"]
        keys = ["tariff.duty.coffee", "tariff.duty.coffee-of-asean", "tariff.duty.pillows"]
        assert [measure and measure.rule.key for measure in found] == keys
        assert {rule.section for rule in pack.rules} == {"tariff"}
        assert {rule.citation.instrument for rule in pack.rules} == {"Act 1"}

    def test_are_asked_their_golden_cases_once(self, loaded: Callable[..., Pack]) -> None:
        pack = loaded()

        assert len(pack.golden_cases()) == 1
        assert failures_of(pack, QUESTIONS) == []
        assert {fault.file for fault in lint_pack(pack)} == {"pack.yaml"}

    def test_are_loose_where_no_golden_case_looks(self, loaded: Callable[..., Pack]) -> None:
        loose = unguarded(loaded(), QUESTIONS)

        assert "T1 tariff.duty.pillows value.rate" in loose
        assert not [path for path in loose if path.startswith("T1 tariff.duty.coffee value.rate")]

    def test_change_the_hash_and_travel_with_the_pack(self, loaded: Callable[..., Pack]) -> None:
        pack = loaded()
        document = deepcopy(dict(pack.document))

        travelled = read_pack(json.loads(pack.canonical()))
        document["files"]["duty.csv"]["lines"][0][3] = "13 %"

        assert travelled.digest == pack.digest
        assert [r.entry for r in travelled.rules] == [r.entry for r in pack.rules]
        assert read_pack(document).digest != pack.digest


class TestMistakes:
    @pytest.mark.parametrize(
        ("table", "said"),
        [
            (DUTY.replace("10 %", "ten"), "MY/duty.csv line 4 rate: 'ten' is not a rate"),
            (DUTY.replace("10 %", ""), "MY/duty.csv line 4 rate: is missing"),
            (DUTY.replace("coffee,", "Coffee,"), "MY/duty.csv line 2 name: 'Coffee' must look"),
            (DUTY + "x,1\n", "MY/duty.csv line 5: must have 4 cells: name,goods,origins,rate"),
            (DUTY + "\n", "MY/duty.csv line 5: must have 4 cells"),
            (DUTY + '"a\nb",01,,1 %\n', "MY/duty.csv line 5: must have cells of text on one line"),
            (DUTY + '"a,01,,1 %\n', "MY/duty.csv: is not readable CSV"),
            (DUTY.encode("utf-16"), "MY/duty.csv: is not readable CSV"),
            (DUTY.replace("rate", "tax"), "MY/duty.csv line 1 tax: is none of the plain fields"),
            (DUTY.replace("rate", "measure"), "MY/duty.csv line 1 measure: is given by the rule"),
            (DUTY.replace("name", "key"), "MY/duty.csv line 1: must begin with name"),
            (DUTY.replace("rate", "goods"), "MY/duty.csv line 1: must begin with name"),
            (DUTY.replace("pillows", "coffee"), "MY/duty.csv line 4 from: overlaps the one from"),
            ("name,goods,rate\n", "MY/duty.csv: has no lines"),
            ("name,goods\nx,01\n", "MY/tariff.yaml T1 tariff.duty value.rate: is missing"),
        ],
    )
    def test_name_file_line_and_column(
        self, loaded: Callable[..., Pack], table: str | bytes, said: str
    ) -> None:
        with pytest.raises(PackMalformed) as malformed:
            loaded(table)

        assert said in [str(fault)[: len(said)] for fault in malformed.value.faults]

    def test_are_all_told_at_once(self, loaded: Callable[..., Pack]) -> None:
        with pytest.raises(PackMalformed) as malformed:
            loaded(DUTY.replace("10 %", "ten").replace("12 %", "twelve"))

        assert [fault.rule for fault in malformed.value.faults] == ["line 2", "line 4"]

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"lines": "other.csv"}, "tariff.duty lines: there is no readable table other.csv"),
            (
                {"lines": None, "value": {"measure": "vat", "goods": ["*"], "rate": "1 %"}},
                "duty.csv: no rule names it",
            ),
        ],
    )
    def test_include_tables_that_nobody_names_or_has(
        self, loaded: Callable[..., Pack], changes: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(PackMalformed, match=said):
            loaded(**changes)
