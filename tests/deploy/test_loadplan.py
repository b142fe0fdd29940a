"""`eroad loadplan`: a file in, a checked plan out, and a coded refusal for what can't be."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app

# One worker compiles the search for all of them.
pytestmark = pytest.mark.xdist_group("planner")

CONTAINER = {"length_mm": 1_200, "width_mm": 800, "height_mm": 700}
ITEM = {"sku": "box", "length_mm": 400, "width_mm": 300, "height_mm": 200, "quantity": 9}
KEYS = {"sku", "x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm"}


def asked(tmp_path: Path, **fields: Any) -> Path:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"container": CONTAINER, "items": [ITEM]} | fields))
    return file


def called(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["loadplan", *map(str, arguments)], input=stdin)


class TestLoadplan:
    def test_writes_the_plan(self, tmp_path: Path) -> None:
        out = tmp_path / "plan.json"

        result = called(asked(tmp_path), "--seconds", "0.2", "--seed", "3", "--out", out)

        assert result.exit_code == 0, result.output
        plan = json.loads(out.read_text())
        assert len(plan["placements"]) == 9
        assert set(plan["placements"][0]) == KEYS
        assert plan["utilisation"] == pytest.approx(9 * 24_000 / 672_000)
        assert plan["seed"] == 3
        assert plan["left_out"] == []

    @pytest.mark.parametrize("name", ["nowhere/plan.json", ""])
    def test_refuses_to_search_for_what_can_not_be_written(self, tmp_path: Path, name: str) -> None:
        asking = asked(tmp_path, items=[ITEM | {"quantity": 0}])  # wrong too, but that comes later

        for places in (
            ("--out", tmp_path / name),
            ("--out", "-", "--picture", tmp_path / "x/p.svg"),
        ):
            result = called(asking, *places)

            assert result.exit_code == 1
            assert json.loads(result.stderr)["code"] == "logistics.load-unwritable"

    def test_reads_standard_input_and_gives_the_same_plan_again(self, tmp_path: Path) -> None:
        items = [ITEM | {"quantity": 40, "upright": ["width", "height"]}]
        text = json.dumps({"container": CONTAINER, "items": items})

        plans = [called("-", "--work", 500, "--out", "-", stdin=text) for _ in range(2)]

        first, again = (json.loads(plan.stdout) for plan in plans)
        assert first["placements"] == again["placements"]
        assert first["utilisation"] > 0.8

    def test_lets_boxes_float_where_no_support_is_asked(self, tmp_path: Path) -> None:
        file = asked(tmp_path, support="full")

        result = called(file, "--work", 50, "--support", "none", "--out", "-")

        assert result.exit_code == 0

    @pytest.mark.parametrize("suffix", ["svg", "html", "pdf"])
    def test_draws_the_plan(self, tmp_path: Path, suffix: str) -> None:
        picture = tmp_path / f"plan.{suffix}"

        result = called(asked(tmp_path), "--work", 50, "--out", "-", "--picture", picture)

        assert result.exit_code == 0, result.output
        assert picture.stat().st_size > 1_000

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"items": []}, "logistics.load-empty"),
            ({"items": [ITEM | {"width_mm": 0}]}, "logistics.load-size-out-of-range"),
            ({"items": [ITEM | {"height_mm": -1}]}, "logistics.load-size-out-of-range"),
            ({"items": [ITEM | {"quantity": 1_000_000}]}, "logistics.load-too-many-boxes"),
            ({"items": [ITEM | {"upright": []}]}, "logistics.load-orientation-contradictory"),
            ({"items": [ITEM | {"upright": ["side"]}]}, "request-invalid"),
            ({"items": [ITEM | {"length_mm": 2_000}]}, "logistics.load-item-too-large"),
            ({"items": [ITEM | {"length_mm": 1.5}]}, "request-invalid"),
            (
                {
                    "items": [
                        ITEM | {"dangerous_class": "3"},
                        ITEM | {"sku": "acid", "dangerous_class": "8"},
                    ],
                    "apart": [["3", "8"]],
                },
                "logistics.load-segregation-impossible",
            ),
        ],
    )
    def test_refuses_with_a_code_and_writes_nothing(
        self, tmp_path: Path, fields: dict[str, Any], code: str
    ) -> None:
        out = tmp_path / "plan.json"

        result = called(asked(tmp_path, **fields), "--seconds", "0.1", "--out", out)

        assert result.exit_code == 1
        assert json.loads(result.stderr)["code"] == code
        assert not out.exists()

    def test_refuses_what_is_not_there_and_what_is_not_json(self, tmp_path: Path) -> None:
        missing = called(tmp_path / "none.json", "--out", "-")
        garbled = called("-", "--out", "-", stdin="{")

        assert json.loads(missing.stderr)["code"] == "logistics.load-unreadable"
        assert json.loads(garbled.stderr)["code"] == "request-invalid"


class TestEntry:
    def test_starts_the_planner_without_any_hub(self, tmp_path: Path) -> None:
        arguments = ["eroad", "loadplan", str(tmp_path / "none.json"), "--out", "-"]
        code = (
            f"import sys; sys.argv = {arguments!r}\n"
            "from deploy.entry import main\n"
            "try:\n    main()\nexcept SystemExit as end:\n    status = end.code\n"
            "print(status, 'services.payments.service' in sys.modules)"
        )

        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

        assert json.loads(ran.stderr)["code"] == "logistics.load-unreadable"
        assert ran.stdout.split() == ["1", "False"]
