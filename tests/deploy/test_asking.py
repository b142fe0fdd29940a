"""What an operator reads who asks a hub that is not there, or for what it refuses."""

import asyncio
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.commands.contract import table_of
from deploy.entry import main
from deploy.hub.plan import HubPlan, found
from deploy.processes import free_ports
from deploy.scenario.hub_client import HubClient, StoryBroken

SILENT_S_MAX = 30
"""Far below the two minutes for which a story waits for a hub that was killed."""
PROBLEM = {
    "code": "request-invalid",
    "detail": "1 field(s) are missing, unknown or malformed",
    "field": "path.contract_id",
    "errors": [{"field": "path.contract_id", "code": "x", "detail": "should match '^[a-z]{2}$'"}],
    "help": "Send what the service describes.",
}


@pytest.fixture
def silent(tmp_path: Path) -> HubPlan:
    """A hub that was founded and does not run."""
    folder = str(tmp_path / "sg-sin")
    plan = HubPlan(hub="sg-sin", folder=folder, port=free_ports(1)[0], peers={})
    found([plan], now=datetime(2026, 9, 1, tzinfo=UTC))
    return plan


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, [*words], env={"COLUMNS": "200"})


class TestHubThatDoesNotRun:
    @pytest.mark.parametrize(
        "words",
        [
            ("contract", "list", "--hub", "HUB"),
            ("person", "erasure", "per_1", "--hub", "HUB"),
            ("evidence", "export", "evt_1", "--hub", "HUB"),
            ("road", "status", "--folder", "VAR"),
            ("verify", "--folder", "VAR"),
        ],
    )
    def test_is_named_soon_in_one_line(self, silent: HubPlan, words: tuple[str, ...]) -> None:
        places = {"HUB": silent.folder, "VAR": str(silent.path.parent)}
        began = time.monotonic()

        told = typed(*(places.get(word, word) for word in words))

        assert told.exit_code == 1
        assert told.output.splitlines() == [
            f"sg-sin does not answer at {silent.url}; "
            f"start it with: eroad up, or eroad hub run {silent.folder}"
        ]
        assert time.monotonic() - began < SILENT_S_MAX


class TestRefusal:
    def test_is_told_by_code_field_and_what_helps(self) -> None:
        def refused(request: httpx.Request) -> httpx.Response:
            return httpx.Response(422, json=PROBLEM)

        async def ask() -> None:
            async with httpx.AsyncClient(transport=httpx.MockTransport(refused)) as http:
                await HubClient("http://hub", "cli", "secret", "run", http).get("/exchange/v1/x")

        with pytest.raises(StoryBroken) as broken:
            asyncio.run(ask())

        assert str(broken.value) == (
            "GET http://hub/exchange/v1/x answered 422 request-invalid: 1 field(s) are missing, "
            "unknown or malformed; path.contract_id: should match '^[a-z]{2}$'; "
            "Send what the service describes."
        )


class TestContracts:
    def test_are_listed_by_their_whole_ids_on_eighty_characters(self) -> None:
        contract_id = f"ctr_cn-hgh_{'0' * 26}"
        contract = {
            "contract_id": contract_id,
            "peer": "cn-hgh",
            "party": "dest",
            "state": "terminated",
            "types": ["a"],
            "deadline": "2027-01-07T13:42:37.8Z",
            "expires_at": "2027-12-31T23:59:59Z",
            "purpose": "onward carriage [of parcels] " * 5,
            "reason": "it is over",
        }
        shown = StringIO()

        Console(file=shown, width=80).print(table_of([contract]))

        assert contract_id in shown.getvalue()
        assert "until 2027-01-07" in shown.getvalue()
        assert "[of parcels]" in shown.getvalue()


class TestAnchor:
    @pytest.mark.parametrize("url", ["nonsense", "ftp://host/exchange", "https://", "https://a b"])
    def test_is_not_written_for_an_address_that_is_none(self, silent: HubPlan, url: str) -> None:
        told = typed("hub", "anchor", "export", silent.folder, "--url", url)

        assert told.exit_code == 1
        assert f"{url} is no address of an exchange" in told.output
        assert "root" not in told.output

    @pytest.mark.parametrize("text", ['{"x": 1}', "[]", "not json", '{"hub": "my-kul"}'])
    def test_that_is_none_is_refused_before_anybody_is_asked(
        self, silent: HubPlan, tmp_path: Path, text: str
    ) -> None:
        file = tmp_path / "anchor.json"
        file.write_text(text)

        told = typed("hub", "anchor", "trust", silent.folder, str(file))

        assert told.exit_code == 1
        assert told.output.startswith(f"{file} is no anchor file")
        assert "fingerprint" not in told.output


class TestFileThatRefuses:
    def test_ends_a_command_in_one_line(
        self,
        silent: HubPlan,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (silent.path / "hub.json").unlink()
        (silent.path / "hub.json").mkdir()
        monkeypatch.setattr("sys.argv", ["eroad", "hub", "keys", "show", silent.folder])

        with pytest.raises(SystemExit) as ended:
            main()

        assert ended.value.code == 1
        assert capsys.readouterr().err == f"{silent.path / 'hub.json'}: Is a directory\n"
