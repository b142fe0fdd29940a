"""`eroad pack`, as an author of rules runs it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from shared.packs.loader import PACKS_FOLDER

RUN = CliRunner()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACKS_FOLDER / "MY", tmp_path / "MY"))


def with_text(pack: Path, file: str, before: str, after: str) -> Path:
    path = pack / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return pack


class TestLint:
    def test_passes_what_is_shipped(self) -> None:
        assert RUN.invoke(app, ["pack", "lint"]).exit_code == 0

    def test_names_file_rule_and_field(self, pack: Path) -> None:
        with_text(pack, "refunds.yaml", "share: 90 %", "share: ninety")

        result = RUN.invoke(app, ["pack", "lint", str(pack)])

        assert result.exit_code == 1
        assert "MY/refunds.yaml M8 drawback.as-is value.share" in result.stderr


class TestTest:
    def test_goes_red_when_a_datum_is_changed(self, pack: Path) -> None:
        with_text(pack, "payments.yaml", "{within: 6 months", "{within: 7 months")

        result = RUN.invoke(app, ["pack", "test", str(pack)])

        assert result.exit_code == 1
        assert "M9 payments.repatriation" in result.stderr

    def test_passes_what_is_shipped(self) -> None:
        assert RUN.invoke(app, ["pack", "test"]).exit_code == 0


class TestDiff:
    def test_tells_what_changed(self, pack: Path) -> None:
        with_text(pack, "payments.yaml", "{within: 6 months", "{within: 7 months")

        result = RUN.invoke(app, ["pack", "diff", str(PACKS_FOLDER / "MY"), str(pack), "--json"])

        assert result.exit_code == 1
        assert [change["field"] for change in json.loads(result.stdout)] == ["value.within"]


class TestShow:
    def test_travels_in_time(self) -> None:
        asked = ["pack", "show", "MY", "drawback.as-is", "--on"]

        old, new = (RUN.invoke(app, [*asked, day]) for day in ("2018-12-31", "2019-01-01"))

        assert json.loads(old.stdout)["value"]["minimum"] == "50.00 MYR"
        assert json.loads(new.stdout)["value"]["minimum"] == "200.00 MYR"

    def test_says_when_there_was_none(self) -> None:
        result = RUN.invoke(app, ["pack", "show", "MY", "sst.rates", "--on", "2025-06-30"])

        assert result.exit_code == 1
        assert "no rule sst.rates" in result.stderr
