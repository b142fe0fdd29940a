"""`eroad reference import`, as an operator runs it."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from services.permits.store.goods_index import GoodsIndex
from shared.reference.nomenclature import COLUMNS, LANE_FILE, read_nomenclature

RUN = CliRunner()
FULL_FILE = os.environ.get("EROAD_TEST_NOMENCLATURE", "")
GOOD = [
    "TOTAL,TOTAL,all,,5",
    "IV,21,Other food,TOTAL,2",
    "IV,2101,Coffee extracts,21,4",
    "IV,210112,Preparations of coffee,2101,6",
    "XXI,99,Statistics,TOTAL,2",
]


def imported(tmp_path: Path, *rows: str) -> tuple[int, str, Path]:
    source, to = tmp_path / "source.csv", tmp_path / "kept" / "hs.csv"
    source.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    result = RUN.invoke(app, ["reference", "import", str(source), "--to", str(to)])
    return result.exit_code, result.stderr, to


class TestImport:
    @pytest.mark.parametrize(
        "content", [b"PK\x03\x04\xff\xfe", b"a" * 200_000, b'"' + b"a" * 200_000]
    )
    def test_refuses_in_a_line_what_is_no_csv(self, tmp_path: Path, content: bytes) -> None:
        source, to = tmp_path / "source.csv", tmp_path / "hs.csv"
        source.write_bytes(content)

        result = RUN.invoke(app, ["reference", "import", str(source), "--to", str(to)])

        assert result.exit_code == 1
        assert result.stderr.startswith(f"{source}: is no CSV in UTF-8")
        assert not to.exists()

    def test_keeps_every_code_of_the_system(self, tmp_path: Path) -> None:
        code, told, to = imported(tmp_path, *GOOD)

        assert code == 0
        assert "1 chapters, 1 headings, 1 subheadings" in told
        found = read_nomenclature(to, is_complete=True)
        assert [prefix for prefix, _ in found.path("2101120000")] == ["21", "2101", "210112"]
        assert (found.knows("210112"), found.knows("210113")) == (True, False)

    @pytest.mark.parametrize(
        ("row", "problem"),
        [
            ("IV,2,short,TOTAL,2", "never padded"),
            ("IV,210112,again,2101,6", "there twice"),
            ("IV,2102,,21,4", "no description"),
            ("IV,220421,wine,2204,6", "not its parent"),
            ("IV,2103", "must have 5 fields"),
        ],
    )
    def test_names_the_line_and_keeps_what_was_there(
        self, tmp_path: Path, row: str, problem: str
    ) -> None:
        _, _, to = imported(tmp_path, *GOOD)
        before = to.read_text()

        code, told, _ = imported(tmp_path, *GOOD, row)

        assert code == 1
        assert "line 7: " in told
        assert problem in told
        assert to.read_text() == before

    @pytest.mark.skipif(not FULL_FILE, reason="EROAD_TEST_NOMENCLATURE names no full public file")
    def test_takes_the_full_public_file(self, tmp_path: Path) -> None:
        to = tmp_path / "hs.csv"

        assert RUN.invoke(app, ["reference", "import", FULL_FILE, "--to", str(to)]).exit_code == 0
        index = GoodsIndex([], read_nomenclature(to, is_complete=True))
        assert index.find("live horses", limit=3)[0].code.startswith("0101")


class TestLane:
    def test_is_shipped_in_the_same_form(self) -> None:
        lane = read_nomenclature(LANE_FILE, is_complete=False)

        assert lane.path("94042100") == (
            ("94", lane.descriptions["94"]),
            ("9404", "Mattresses and articles of bedding"),
            ("940421", "Mattresses of cellular rubber or plastics"),
        )
        assert lane.knows("010121")
