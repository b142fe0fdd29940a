"""Two hubs that were not founded together meet, by the commands their operators type.

Real processes. Nothing crosses before a contract is final; then what it names and no more; nothing
once it has ended. What crossed is proven offline.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.hub.plan import HubPlan
from deploy.laptop import Laptop
from tests.builders.operator import Asker

CLI = CliRunner()
MY, SZX = "my-kul", "cn-szx"
WAIT_S_MAX = 120.0
SHARED = "members.member-registered.v1"


def typed(*words: object) -> str:
    """Type a command that works, and return what it printed."""
    ran = CLI.invoke(app, [str(word) for word in words])
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def until(look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + WAIT_S_MAX
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {WAIT_S_MAX:.0f} s in vain for {what}")


@pytest.fixture
def met(tmp_path: Path) -> Iterator[Laptop]:
    """Two hubs of two operators who have exchanged anchors, and nothing else."""
    for hub in (MY, SZX):
        typed("hub", "init", hub, "--folder", tmp_path)
    for hub, other in ((MY, SZX), (SZX, MY)):
        anchor = tmp_path / f"{other}.anchor.json"
        anchor.write_text(typed("hub", "anchor", "export", tmp_path / other))
        typed("hub", "anchor", "trust", tmp_path / hub, anchor, "--yes")
    laptop = Laptop(tmp_path, {h: HubPlan.load(tmp_path / h / "hub.json") for h in (MY, SZX)})
    try:
        for hub in (MY, SZX):
            laptop.start(hub)
        for hub in (MY, SZX):
            laptop.wait_ready(hub)
        yield laptop
    finally:
        laptop.stop()


def contracts(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(typed("contract", "list", "--hub", folder, "--json"))
    return found


def heard(hub: Asker) -> float:
    """How many of its members' events a hub's exchange has judged: may they leave, and for whom?"""
    text = httpx.get(f"{hub.url}/exchange/metrics", timeout=30).text
    counts = re.findall(
        r'^eroad_events_handled_total{topic="members.events"} (\S+)$', text, re.MULTILINE
    )
    return sum(map(float, counts))


def states(*folders: Path) -> list[str]:
    return [one["state"] for folder in folders for one in contracts(folder)]


def replicas(hub: Asker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.get(f"/exchange/v1/replicas?type={SHARED}")["items"]
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
class TestStrangers:
    def test_share_what_their_contract_names_and_prove_it(self, met: Laptop) -> None:
        my, szx = met.folder / MY, met.folder / SZX
        seller_side, buyer_side = (Asker.operator(met.plans[hub]) for hub in (MY, SZX))

        def join(name: str) -> None:
            body = {"kind": "agent", "name": name, "country": "MY"}
            seller_side.make("/members/v1/members", body)

        join("Before any contract")
        terms = ("--purpose", "customs clearance", "--until", "2099-12-31", "--hub", my)
        fields = f"{SHARED}:member_id,hub,kind,country"
        offer = json.loads(typed("contract", "offer", SZX, "--type", fields, *terms, "--json"))
        until(lambda: contracts(szx), "the offer to arrive")
        seen_before = replicas(buyer_side)

        typed("contract", "agree", offer["contract_id"], "--hub", szx)
        until(lambda: states(my, szx) == ["finalised"] * 2, "both to hold the same")
        join("Under the contract")
        (arrived,) = until(lambda: replicas(buyer_side), "what the contract lets through")

        bundle = met.folder / "evidence.json"
        export = [
            "evidence",
            "export",
            arrived["event_id"],
            "--hub",
            str(szx),
            "--out",
            str(bundle),
        ]
        # The log takes an event in after it arrived, and the peers sign heads after that.
        until(lambda: CLI.invoke(app, export).exit_code == 0, "the event to be proven")
        anchors = [("--anchor", met.folder / f"{hub}.anchor.json") for hub in (MY, SZX)]
        proven = json.loads(
            typed("evidence", "verify", bundle, *(w for pair in anchors for w in pair), "--json")
        )

        report = met.folder / "conformance.json"
        asked = f"{met.plans[MY].url}/exchange"
        typed(
            "conformance", asked, "--peer", MY, "--hub", szx, "--training", "--out", report
        )  # it works only if every rule is kept

        typed(
            "contract",
            "terminate",
            offer["contract_id"],
            "--reason",
            "the trial is over",
            "--hub",
            my,
        )
        ended = until(lambda: [c for c in contracts(szx) if c["state"] == "terminated"], "the end")
        before = heard(seller_side)
        join("After the contract")
        until(lambda: heard(seller_side) > before, "the hub to have judged it")

        assert seen_before == []
        assert set(json.loads(arrived["data"])) == {"member_id", "hub", "kind", "country"}
        assert proven["is_good"] is True
        said = json.loads(base64.b64decode(json.loads(report.read_text())["payload"]))
        assert (said["hub"], said["asked_by"], said["conforms"]) == (MY, SZX, True)
        assert {c["name"]: c["says"] for c in said["checks"]}["records-owned-and-addressed"] == (
            "1 records"
        )
        assert ended[0]["reason"] == "the trial is over"
        assert len(replicas(buyer_side)) == 1

    def test_name_what_they_are_refused(self, met: Laptop) -> None:
        words = ("--purpose", "x", "--until", "2099-12-31", "--hub", met.folder / MY)
        nowhere = CLI.invoke(app, [str(w) for w in ("contract", "offer", "sg-sin", *words)])
        nothing = CLI.invoke(app, [str(w) for w in ("contract", "offer", SZX, *words)])
        no_hub = CLI.invoke(app, ["contract", "list", "--hub", str(met.folder / "none")])

        assert (nowhere.exit_code, nothing.exit_code, no_hub.exit_code) == (1, 1, 1)
        assert "no anchor names sg-sin" in nowhere.output
        assert "exchange.terms-invalid" in nothing.output
        assert "holds no hub" in no_hub.output
