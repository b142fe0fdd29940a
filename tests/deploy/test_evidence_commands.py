"""`eroad evidence verify` needs a bundle and anchors, and asks nobody."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.commands.evidence import app
from services.exchange.domain.bundle import CheckName, write_bundle
from services.exchange.domain.erasure_bundle import ErasureCheckName, write_erasure_bundle
from services.exchange.domain.snapshot_bundle import SnapshotCheckName, write_snapshot_bundle
from tests.builders.eroad import DEST, ORIGIN, a_key
from tests.builders.evidence import ROOTS, a_bundle, a_snapshot_bundle, an_erasure

CLI = CliRunner()


@pytest.fixture
def anchors(tmp_path: Path) -> list[str]:
    """One operator's anchor file, that names the peer, and the operator's own anchor."""
    file, own = tmp_path / "anchors.json", tmp_path / "own.anchor.json"
    pinned = {
        hub: {"hub": hub, "url": f"https://{hub}", "root": ROOTS[hub].public_jwk()} for hub in ROOTS
    }
    file.write_text(json.dumps({"peers": [pinned[ORIGIN]]}))
    own.write_text(json.dumps({**pinned[DEST], "pairing": "x"}))
    return ["--anchor", str(file), "--anchor", str(own)]


def verify(bundle: Path, *options: str) -> tuple[int, str]:
    ran = CLI.invoke(app, ["verify", str(bundle), *options])
    return ran.exit_code, ran.output


class TestVerify:
    def test_lists_every_check_as_passed(self, tmp_path: Path, anchors: list[str]) -> None:
        bundle = tmp_path / "bundle.json"
        bundle.write_bytes(write_bundle(a_bundle()))

        code, said = verify(bundle, *anchors, "--json")

        assert (code, json.loads(said)["is_good"]) == (0, True)
        assert json.loads(said)["checks"] == dict.fromkeys([n.value for n in CheckName], "passed")

    def test_names_the_check_that_fails_and_those_not_reached(
        self, tmp_path: Path, anchors: list[str]
    ) -> None:
        bundle = tmp_path / "bundle.json"
        text = write_bundle(a_bundle())
        bundle.write_bytes(text.replace(b'"seq":2', b'"seq":3'))

        code, said = verify(bundle, *anchors)

        lines = dict(line.split()[1::-1] for line in said.splitlines() if "not reached" not in line)
        assert code == 1
        assert lines == {
            **dict.fromkeys(("form", "origin-keys", "destination-keys", "frame"), "passed"),
            "event": "failed",
        }
        assert said.count("not reached") == len(CheckName) - 5

    def test_lists_the_checks_of_an_erasure(self, tmp_path: Path, anchors: list[str]) -> None:
        bundle = tmp_path / "erasure.json"
        bundle.write_bytes(write_erasure_bundle(an_erasure()))

        code, said = verify(bundle, *anchors, "--json")
        bundle.write_bytes(write_erasure_bundle(an_erasure(DEST)))
        wrong, of_wrong = verify(bundle, *anchors, "--json")

        passed = dict.fromkeys([name.value for name in ErasureCheckName], "passed")
        assert (code, json.loads(said)["checks"]) == (0, passed)
        assert (wrong, json.loads(of_wrong)["checks"]) == (
            1,
            {**passed, "erasure-in-log": "failed"},
        )

    def test_lists_the_checks_of_a_record_that_came_in_a_snapshot(
        self, tmp_path: Path, anchors: list[str]
    ) -> None:
        bundle = tmp_path / "bundle.json"
        bundle.write_bytes(write_snapshot_bundle(a_snapshot_bundle()))

        code, said = verify(bundle, *anchors, "--json")

        passed = dict.fromkeys([name.value for name in SnapshotCheckName], "passed")
        assert (code, json.loads(said)["checks"]) == (0, passed)

    def test_refuses_two_files_that_pin_a_hub_differently(
        self, tmp_path: Path, anchors: list[str]
    ) -> None:
        bundle, other = tmp_path / "bundle.json", tmp_path / "other.json"
        bundle.write_bytes(write_bundle(a_bundle()))
        other.write_text(
            json.dumps({"hub": DEST, "url": "https://cn", "root": a_key(5).public_jwk()})
        )

        code, said = verify(bundle, *anchors, "--anchor", str(other))

        assert code == 1
        assert f"pins {DEST} by other keys" in said

    def test_refuses_what_is_no_anchor(self, tmp_path: Path) -> None:
        bundle, nothing = tmp_path / "bundle.json", tmp_path / "nothing.json"
        bundle.write_bytes(write_bundle(a_bundle()))
        nothing.write_text("{}")

        code, said = verify(bundle, "--anchor", str(nothing))

        assert code == 1
        assert "nothing.json" in said
