"""Two hubs that were not founded together meet, by the commands their operators type.

Real processes. Nothing crosses before a contract is final; then what it names and no more; nothing
once it has ended. What crossed is proven offline. The third hub serves a country of which no pack
is installed: it takes part in the road, and says of no goods that they may be imported there.
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
MY, SIN = "my-kul", "sg-sin"
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


@pytest.fixture(scope="class")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """Two hubs of two operators who have exchanged anchors, and nothing else."""
    tmp_path = tmp_path_factory.mktemp("met")
    typed("hub", "init", MY, "--folder", tmp_path)
    typed("hub", "init", SIN, "--folder", tmp_path, "--without-pack")
    for hub, other in ((MY, SIN), (SIN, MY)):
        anchor = tmp_path / f"{other}.anchor.json"
        anchor.write_text(typed("hub", "anchor", "export", tmp_path / other))
        typed("hub", "anchor", "trust", tmp_path / hub, anchor, "--yes")
    laptop = Laptop(tmp_path, {h: HubPlan.load(tmp_path / h / "hub.json") for h in (MY, SIN)})
    try:
        for hub in (MY, SIN):
            laptop.start(hub)
        for hub in (MY, SIN):
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


def numbered(hub: Asker) -> dict[str, int]:
    """How many records of its members a hub has numbered for each peer."""
    streams = hub.get("/exchange/v1/streams")
    return {s["stream"]: s["seq"] for s in streams if s["stream"].split("/")[2] == "members"}


def replicas(hub: Asker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = hub.get(f"/exchange/v1/replicas?type={SHARED}")["items"]
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
class TestStrangers:
    def test_share_what_their_contract_names_and_prove_it(self, met: Laptop) -> None:
        my, sin = met.folder / MY, met.folder / SIN
        seller_side, buyer_side = (Asker.operator(met.plans[hub]) for hub in (MY, SIN))

        def join(name: str) -> None:
            body = {"kind": "agent", "name": name, "country": "MY"}
            seller_side.make("/members/v1/members", body)

        join("Before any contract")
        terms = ("--purpose", "customs clearance", "--until", "2099-12-31", "--hub", my)
        fields = f"{SHARED}:member_id,hub,kind,country"
        offer = json.loads(typed("contract", "offer", SIN, "--type", fields, *terms, "--json"))
        until(lambda: contracts(sin), "the offer to arrive")
        seen_before = replicas(buyer_side)

        typed("contract", "agree", offer["contract_id"], "--hub", sin)
        until(lambda: states(my, sin) == ["finalised"] * 2, "both to hold the same")
        join("Under the contract")
        (arrived,) = until(lambda: replicas(buyer_side), "what the contract lets through")

        bundle = met.folder / "evidence.json"
        export = [
            "evidence",
            "export",
            arrived["event_id"],
            "--hub",
            str(sin),
            "--out",
            str(bundle),
        ]
        # The log takes an event in after it arrived, and the peers sign heads after that.
        until(lambda: CLI.invoke(app, export).exit_code == 0, "the event to be proven")
        anchors = [("--anchor", met.folder / f"{hub}.anchor.json") for hub in (MY, SIN)]
        proven = json.loads(
            typed("evidence", "verify", bundle, *(w for pair in anchors for w in pair), "--json")
        )

        reports = {}
        for peer, by in ((MY, sin), (SIN, my)):
            asked, report = f"{met.plans[peer].url}/exchange", met.folder / f"{peer}.report.json"
            typed(
                "conformance", asked, "--peer", peer, "--hub", by, "--training", "--out", report
            )  # it works only if every rule is kept
            reports[peer] = json.loads(base64.b64decode(json.loads(report.read_text())["payload"]))

        crossed = numbered(seller_side)
        typed(
            "contract",
            "terminate",
            offer["contract_id"],
            "--reason",
            "the trial is over",
            "--hub",
            my,
        )
        ended = until(lambda: [c for c in contracts(sin) if c["state"] == "terminated"], "the end")
        before = heard(seller_side)
        join("After the contract")
        until(lambda: heard(seller_side) > before, "the hub to have judged it")

        goods = {"hs_code": "190532", "origin": "MY"}
        question = {**goods, "destination": "SG", "route": "air", "channel": "b2c"}
        line = {**goods, "quantity": 1, "unit_price_minor": 1_000}
        quote = {"destination": "SG", "channel": "b2c", "currency": "MYR", "lines": [line]}
        for hub in (seller_side, buyer_side):
            advice = hub.ask("/permits/v1/guidance", question)[1]["advice"]
            assert advice["verdict"] == "no-rule-found"
            assert ("no-pack", "SG") in {(gap["code"], gap["country"]) for gap in advice["gaps"]}
            status, problem = hub.ask("/customs/v1/landed-costs", quote)
            assert (status, problem["code"]) == (404, "packs.missing")
        assert seen_before == []
        assert set(json.loads(arrived["data"])) == {"member_id", "hub", "kind", "country"}
        assert proven["is_good"] is True
        assert {peer: (said["asked_by"], said["conforms"]) for peer, said in reports.items()} == {
            MY: (SIN, True),
            SIN: (MY, True),
        }
        checks = {check["name"]: check["says"] for check in reports[MY]["checks"]}
        assert checks["records-owned-and-addressed"] == "1 records"
        assert ended[0]["reason"] == "the trial is over"
        assert crossed == {f"{MY}/{SIN}/members/0": 1}
        assert numbered(seller_side) == crossed
        assert len(replicas(buyer_side)) == 1

    def test_name_what_they_are_refused(self, met: Laptop) -> None:
        words = ("--purpose", "x", "--until", "2099-12-31", "--hub", met.folder / MY)
        nowhere = CLI.invoke(app, [str(w) for w in ("contract", "offer", "th-bkk", *words)])
        nothing = CLI.invoke(app, [str(w) for w in ("contract", "offer", SIN, *words)])
        no_hub = CLI.invoke(app, ["contract", "list", "--hub", str(met.folder / "none")])

        assert (nowhere.exit_code, nothing.exit_code, no_hub.exit_code) == (1, 1, 1)
        assert "no anchor names th-bkk" in nowhere.output
        assert "exchange.terms-invalid" in nothing.output
        assert "holds no hub" in no_hub.output
