"""The repository's own rules: sizes, names, words, and that each room is furnished."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contracts.registry import SERVICES

ROOT = Path(__file__).parents[2]
CODE = ("services", "shared", "deploy")
FILE_LINES_MAX = 400
TEST_FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 60
EMPTY_WORDS = {"utils", "helpers", "common", "manager", "processor", "base", "data", "info"}
OUT_OF_PLACE = (
    re.compile(r"(?<![\w.=])/(work|farm|root)/"),
    re.compile(r"py[p]i\.org|pythonh[o]sted|npm[j]s\.|repo1?\.m[a]ven|deb\.d[e]bian|cr[a]tes\.io"),
)


def tracked() -> list[Path]:
    """Every file of the project: those git knows, and new ones it would not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def python_files(*folders: str) -> Iterator[Path]:
    for path in tracked():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders:
            yield path


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


class TestFiles:
    def test_stay_short(self) -> None:
        limits = [(path, FILE_LINES_MAX) for path in python_files(*CODE)]
        limits += [(path, TEST_FILE_LINES_MAX) for path in python_files("tests")]
        sizes = {shown(p): (len(p.read_text().splitlines()), limit) for p, limit in limits}

        assert {name: size for name, (size, limit) in sizes.items() if size > limit} == {}

    def test_have_names_that_say_something(self) -> None:
        bad = [shown(p) for p in python_files(*CODE, "tests") if p.stem in EMPTY_WORDS]

        assert bad == []

    def test_open_with_what_they_are_for(self) -> None:
        silent = [
            shown(path)
            for path in python_files(*CODE, "tests")
            if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
        ]

        assert silent == []

    def test_name_no_machine_and_no_registry(self) -> None:
        found = []
        for path in tracked():
            if path.suffix in {".png", ".ico"} or path == Path(__file__):
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [(shown(path), rule.pattern) for rule in OUT_OF_PLACE if rule.search(text)]

        assert found == []


class TestFunctions:
    def test_stay_short(self) -> None:
        long = {}
        for path in python_files(*CODE):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    lines = (node.end_lineno or 0) - node.lineno + 1
                    if lines > FUNCTION_LINES_MAX:
                        long[f"{shown(path)}:{node.name}"] = lines

        assert long == {}

    def test_ask_the_clock_and_never_sleep_the_process(self) -> None:
        calls = re.compile(r"datetime\.(now|utcnow)\(|time\.time\(|time\.sleep\(")
        allowed = {"shared/kernel/clock.py"}
        found = [
            shown(path)
            for path in python_files("services", "shared")
            if shown(path) not in allowed and calls.search(path.read_text())
        ]

        assert found == []


@pytest.mark.parametrize("service", SERVICES)
class TestEveryService:
    def test_is_furnished(self, service: str) -> None:
        rooms = ("README.md", "__main__.py", "service.py", "settings.py", "store/tables.py")
        missing = [room for room in rooms if not (ROOT / "services" / service / room).exists()]

        assert missing == []

    def test_can_be_deployed(self, service: str) -> None:
        files = (f"k8s/base/{service}.yaml", f"deploy/env/{service}.env.example")
        missing = [name for name in files if not (ROOT / name).exists()]

        assert missing == []

    def test_names_every_event_it_says_in_its_readme(self, service: str) -> None:
        from shared.contracts.registry import EVENTS

        readme = (ROOT / "services" / service / "README.md").read_text()
        unnamed = [
            name
            for name, event in EVENTS.items()
            if event.service() == service and event.__name__ not in readme
        ]

        assert unnamed == []
