"""Random walks through the lives of applications and their licences, with every kind of caller.

Whatever is tried in whatever order, nothing leaves its table of edges, what is refused changes
nothing, no line is used beyond its quantity, and the trail alone tells how everything came to be.
"""

import asyncio
import itertools
import random
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import httpx
import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from services.permits.domain.application import Application
from services.permits.domain.licence import Licence
from services.permits.domain.states import DEEDS, LICENCE_EDGES, ApplicationState, Deed
from services.permits.domain.trail import Change, changes_between
from shared.kernel.ids import derived_id
from tests.builders.permits import an_actor, an_export, export_goods
from tests.builders.running import Running
from tests.component.permits.conftest import Desk

Given = TypeVar("Given")
WALKS, STEPS = 12, 30
S = ApplicationState
BEFORE_AN_OFFICER = {S.SUBMITTED, S.INITIAL_CHECKS, S.UNDER_REVIEW, S.CONSULTATION}
LEADS_TO = {
    Deed.EDIT: {S.DRAFT},
    Deed.SUBMIT: {S.SUBMITTED},
    Deed.TAKE_UP: {S.INITIAL_CHECKS},
    Deed.PASS_CHECKS: {S.UNDER_REVIEW},
    Deed.ASSIGN: BEFORE_AN_OFFICER | {S.COUNTERSIGN, S.UNDER_APPEAL},
    Deed.CONSULT: {S.CONSULTATION},
    Deed.ADVISE: {S.CONSULTATION, S.UNDER_REVIEW},
    Deed.END_CONSULTATION: {S.UNDER_REVIEW},
    Deed.ASK: {S.AWAITING_EXPORTER},
    Deed.ANSWER: BEFORE_AN_OFFICER,
    Deed.DECIDE: {S.COUNTERSIGN},
    Deed.COUNTERSIGN: {S.ISSUED, S.REFUSED, S.UNDER_REVIEW},
    Deed.WITHDRAW: {S.WITHDRAWN},
    Deed.SUPERSEDE: {S.SUPERSEDED, S.ISSUED},
    Deed.APPEAL: {S.UNDER_APPEAL},
    Deed.HEAR_APPEAL: {S.UNDER_REVIEW, S.REFUSED},
}
"""Where each deed may lead; its beginnings are DEEDS."""
OF_SELLERS = {Deed.EDIT, Deed.SUBMIT, Deed.ANSWER, Deed.WITHDRAW, Deed.SUPERSEDE, Deed.APPEAL}
OFFICES = {"aminah": "MOH", "siti": "MOH", "tan": "MAQIS", "wong": "DOA"}
NAMES = tuple(OFFICES)
ADVISERS = {"MAQIS": "tan", "DOA": "wong"}
SIDEWAYS = {Deed.EDIT, Deed.ASSIGN, Deed.ASK, Deed.WITHDRAW, Deed.SUPERSEDE}
BEGINNINGS = ("draft", "under_review", "proposed", "issued")
SEEDS = st.integers(0, 10**9)
OPINIONS = ("approve", "approve-with-conditions", "approve", "refuse")
LICENCE_DEEDS = ("suspend", "reinstate", "suspend", "reinstate", "revoke", "surrender")


def replayed(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the leaves that a trail, read from its start, leaves behind."""
    leaves = {c["field"]: c["after"] for step in steps for c in step["changes"]}
    return {field: value for field, value in leaves.items() if value is not None}


def leaves_of(one: Application | Licence) -> dict[str, Any]:
    """Return what a trail has to tell of it: all but the signed document."""
    changes: tuple[Change, ...] = changes_between({}, msgspec.to_builtins(one))
    return {c.field: c.after for c in changes if c.after is not None and c.field != "document"}


class Life(RuleBasedStateMachine):
    """One seller's applications and licences, until the walk ends."""

    service: ClassVar[Running]
    loop: ClassVar[asyncio.AbstractEventLoop]
    sellers: ClassVar["itertools.count[int]"]

    def __init__(self) -> None:
        super().__init__()
        seller = derived_id("mbr", "my-kul", f"seller {next(self.sellers)}")
        self.desk = Desk(self.service, seller_id=seller)
        self.one: dict[str, Any] = {}
        self.applications: list[str] = []
        self.licences: list[str] = []
        self.exports = itertools.count()

    def wait(self, work: Coroutine[Any, Any, Given]) -> Given:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @initialize(begin=st.sampled_from(BEGINNINGS))
    def a_seller_applies(self, begin: str) -> None:
        """Begin at the beginning, in the middle or near the end, so that walks get far."""
        self.one = self.wait(getattr(self.desk, begin)())
        self.applications.append(self.one["id"])
        if begin == "issued":
            self.licences.append(self.one["licence_id"])

    @rule(seed=SEEDS)
    def somebody_does_something(self, seed: int) -> None:
        before, draw = self.one, random.Random(seed)
        deed = self.chosen(draw)
        who = draw.choice(self.likely(deed) if draw.random() < 0.8 else NAMES)
        reply = self.wait(self.attempt(deed, draw, who))
        self.one = self.wait(self.read(before["id"]))

        if not reply.is_success:
            assert reply.status_code in {403, 409, 422}, reply.text
            assert self.one == before
            if reply.json()["code"] == "permits.step-not-allowed":
                assert before["state"] not in DEEDS[deed]
            return
        assert before["state"] in DEEDS[deed]
        assert self.one["state"] in LEADS_TO[deed]
        if deed is Deed.COUNTERSIGN:
            assert before["proposal"]["officer_id"] != an_actor(who).member_id
        if deed not in OF_SELLERS:
            desks = before["desks"]
            may = {Deed.ADVISE: desks, Deed.ASSIGN: desks, Deed.ASK: ["MOH", *desks]}
            assert OFFICES[who] in may.get(deed, ["MOH"])
        if deed is Deed.SUPERSEDE:
            self.one = reply.json()
            self.applications.append(self.one["id"])
        if self.one["licence_id"] and self.one["licence_id"] not in self.licences:
            assert "refuse" not in {advice["opinion"] for advice in self.one["advice"]}
            self.licences.append(self.one["licence_id"])

    @rule(seed=SEEDS)
    def somebody_stops_a_licence(self, seed: int) -> None:
        if not self.licences:
            return
        draw = random.Random(seed)
        licence_id, deed = draw.choice(self.licences), draw.choice(LICENCE_DEEDS)
        who = draw.choice(NAMES)
        before = self.wait(self.desk.licence(licence_id))
        if deed == "surrender":
            path, body = f"/v1/licences/{licence_id}/surrender", {"reason": "not needed"}
            reply = self.wait(self.service.post(path, body, headers=self.desk.as_seller()))
        else:
            reply = self.wait(self.desk.to_licence(before, deed, name=who))

        if reply.is_success:
            assert deed == "surrender" or who in {"aminah", "siti"}
        else:
            assert reply.status_code in {403, 409}, reply.text
            assert self.wait(self.desk.licence(licence_id)) == before

    @rule(quantity=st.integers(1, 90), hub=st.sampled_from(["my-kul", "cn-hgh"]), times=st.just(2))
    def goods_leave(self, quantity: int, hub: str, times: int) -> None:
        export = an_export(
            f"{self.desk.seller_id} {next(self.exports)}",
            export_goods(seller_id=self.desk.seller_id, quantity=quantity),
            hub=hub,
            released_at=self.service.clock.now(),
        )
        self.wait(self.service.hear(export, origin=hub, times=times))

    @rule(days=st.integers(1, 9))
    def time_passes(self, days: int) -> None:
        self.service.clock.move(timedelta(days=days))
        self.wait(self.expire())

    def teardown(self) -> None:
        for application_id in self.applications:
            steps, whole = self.wait(self.trail("applications", application_id))
            assert [step["version"] for step in steps] == list(range(1, whole.version + 1))
            assert replayed(steps) == leaves_of(whole)
        for licence_id in self.licences:
            steps, whole = self.wait(self.trail("licences", licence_id))
            assert steps[-1]["version"] == whole.version
            assert replayed(steps) == leaves_of(whole)
            self.check_licence(licence_id, whole)

    def check_licence(self, licence_id: str, whole: Licence) -> None:
        states = [entry.state for entry in whole.history]
        for earlier, later in itertools.pairwise(states):
            assert later in LICENCE_EDGES[earlier]
        path = f"/v1/licences/{licence_id}/uses?limit=100"
        uses = self.wait(self.service.http.get(path, headers=self.desk.as_seller())).json()
        [line] = whole.lines
        assert 0 <= line.used == sum(use["quantity"] for use in uses["items"]) <= line.quantity

    def chosen(self, draw: random.Random) -> Deed:
        """Mostly what the state allows and what leads on, so that walks get far."""
        likely = [deed for deed in Deed if self.one["state"] in DEEDS[deed]]
        if draw.random() < 0.8:
            likely = [deed for deed in likely if deed not in SIDEWAYS] or likely
        return draw.choice(likely if likely and draw.random() < 0.9 else list(Deed))

    def likely(self, deed: Deed) -> tuple[str, ...]:
        """Whose deed it is."""
        if deed is not Deed.ADVISE:
            return ("aminah", "siti")
        return tuple(ADVISERS[desk] for desk in self.one["desks"] if desk in ADVISERS) or NAMES

    async def attempt(self, deed: Deed, draw: random.Random, who: str) -> httpx.Response:
        """Try a deed in a way that may or may not be right for it."""
        yes = draw.random() < 0.7
        desks = [desk for desk in self.one["desks"] if ADVISERS.get(desk) == who]
        desk = (*desks, *self.one["desks"], "MAQIS")[0]
        body: Any = {
            Deed.ANSWER: {"answer": "this one"},
            Deed.APPEAL: {"reason": "please"},
            Deed.ASSIGN: {"agency": desk, "officer_id": an_actor(draw.choice(NAMES)).member_id},
            Deed.CONSULT: {"agencies": draw.sample(["MAQIS", "DOA"], draw.choice([1, 2]))},
            Deed.ADVISE: {"agency": desk, "reason": "r", "opinion": draw.choice(OPINIONS)},
            Deed.ASK: {"question": "which?"},
            Deed.DECIDE: {"outcome": "issue" if yes else "refuse", "reason": "r"},
            Deed.COUNTERSIGN: {"agree": yes, "reason": "r"},
            Deed.HEAR_APPEAL: {"allow": yes, "reason": "r"},
        }.get(deed)
        if deed is Deed.ADVISE and body["opinion"] == "approve-with-conditions":
            body["conditions"] = ["keep it cold"]
        if deed is Deed.EDIT:
            headers = {**self.desk.as_seller(), "If-Match": f'"{self.one["version"]}"'}
            path, wish = f"/v1/applications/{self.one['id']}", self.one["wish"]
            return await self.service.http.put(path, json=wish, headers=headers)
        if deed in OF_SELLERS:
            word = "amend" if deed is Deed.SUPERSEDE else deed.value
            return await self.desk.seller(self.one, word, body)
        return await self.desk.officer(self.one, deed.value, body, name=who)

    async def read(self, application_id: str) -> dict[str, Any]:
        path = f"/v1/applications/{application_id}"
        return dict((await self.service.http.get(path, headers=self.desk.as_seller())).json())

    async def trail(self, kind: str, one_id: str) -> tuple[list[dict[str, Any]], Any]:
        """Return its steps as everybody may read them, and what is kept of it."""
        path = f"/v1/{kind}/{one_id}/changes?limit=100"
        reply = await self.service.http.get(path, headers=self.desk.as_seller())
        async with self.service.service.store.reading() as tx:
            whole = await getattr(tx, kind).get(one_id, lock=False)
        return list(reply.json()["items"]), whole

    async def expire(self) -> None:
        async with self.service.service.store.transaction() as tx:
            await self.service.service.timers[0].work(tx)


class TestLife:
    async def test_keeps_to_its_edges_and_in_its_trail_wherever_a_walk_leads(
        self, permits: Running
    ) -> None:
        desk = Desk(permits)
        await desk.officers("MOH", "aminah", "siti")
        await desk.officers("MAQIS", "tan")
        await desk.officers("DOA", "wong")

        class Walk(Life):
            service, loop = permits, asyncio.get_running_loop()
            sellers = itertools.count()

        await asyncio.to_thread(
            run_state_machine_as_test,
            Walk,
            settings=settings(
                max_examples=WALKS,
                stateful_step_count=STEPS,
                # A walk that fails is told as it was: to shorten it would take minutes.
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
