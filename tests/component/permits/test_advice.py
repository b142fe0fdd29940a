"""Several agencies look at one application at once, each through its own officers."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.permits.events import PermitIssued
from tests.builders.permits import SELLER, an_actor
from tests.builders.running import Running
from tests.component.permits.conftest import Desk

WARM = {"opinion": "approve-with-conditions", "reason": "it melts", "conditions": ["keep it cold"]}
FINE = {"opinion": "approve", "reason": "nothing against it"}
NO = {"opinion": "refuse", "reason": "the plant is shut"}
ISSUE = {"outcome": "issue", "reason": "all agree"}
AGREE = {"agree": True, "reason": "seen"}


def code(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


@pytest.fixture
async def offices(permits: Running) -> Desk:
    """Aminah and Siti decide at the ministry; Tan is at the quarantine office, Wong in farming."""
    desk = Desk(permits)
    await desk.officers("MOH", "aminah", "siti")
    await desk.officers("MAQIS", "tan")
    await desk.officers("DOA", "wong")
    return desk


async def consulting(desk: Desk) -> dict[str, Any]:
    one = await desk.under_review()
    reply = await desk.officer(one, "consult", {"agencies": ["MAQIS"]})
    assert reply.json()["state"] == "consultation", reply.text
    return dict(reply.json())


class TestAdvice:
    async def test_is_asked_of_several_agencies_at_once_and_given_in_any_order(
        self, offices: Desk
    ) -> None:
        one = await offices.under_review()
        one = (await offices.officer(one, "consult", {"agencies": ["MAQIS", "DOA"]})).json()
        desks, states = [one["desks"]], [one["state"]]
        for name, advice in (
            ("wong", {"agency": "DOA", **WARM, "conditions": ["keep it cold", "by air"]}),
            ("tan", {"agency": "MAQIS", **WARM}),
        ):
            early = await offices.officer(one, "decide", ISSUE)
            one = (await offices.officer(one, "advise", advice, name=name)).json()
            desks.append(one["desks"])
            states.append(one["state"])
            assert code(early) == (409, "permits.step-not-allowed")

        proposed = (await offices.officer(one, "decide", ISSUE)).json()

        assert desks == [["MAQIS", "DOA"], ["MAQIS"], ["MOH"]]
        assert states == ["consultation", "consultation", "under_review"]
        assert proposed["proposal"]["conditions"] == ["keep it cold", "by air"]

    async def test_is_carried_as_conditions_into_the_permit_that_two_officers_sign(
        self, offices: Desk, permits: Running
    ) -> None:
        one = await consulting(offices)
        one = (await offices.officer(one, "advise", {"agency": "MAQIS", **WARM}, name="tan")).json()
        proposed = (await offices.officer(one, "decide", ISSUE)).json()
        one = (await offices.officer(proposed, "countersign", AGREE, name="siti")).json()

        licence = await offices.licence(one["licence_id"])
        [issued] = await permits.said(PermitIssued)

        assert proposed["proposal"]["conditions"] == ["keep it cold"]
        assert [(a["agency"], a["opinion"]) for a in one["advice"]] == [
            ("MAQIS", "approve-with-conditions")
        ]
        assert licence["conditions"] == ["keep it cold"]
        assert issued.conditions == ("keep it cold",)

    async def test_against_a_permit_binds_until_that_agency_is_asked_again(
        self, offices: Desk
    ) -> None:
        one = await consulting(offices)
        one = (await offices.officer(one, "advise", {"agency": "MAQIS", **NO}, name="tan")).json()

        against = await offices.officer(one, "decide", ISSUE)
        one = (await offices.officer(one, "consult", {"agencies": ["MAQIS"]})).json()
        one = (await offices.officer(one, "advise", {"agency": "MAQIS", **FINE}, name="tan")).json()
        now = await offices.officer(one, "decide", ISSUE)

        assert code(against) == (409, "permits.advice-refuses")
        assert against.json()["agencies"] == ["MAQIS"]
        assert now.json()["state"] == "countersign"

    async def test_is_given_by_officers_of_the_agency_asked_and_once(self, offices: Desk) -> None:
        one = await consulting(offices)
        body = {"agency": "MAQIS", **FINE}

        foreign = await offices.officer(one, "advise", body)
        not_asked = await offices.officer(one, "advise", {"agency": "MOH", **FINE})
        stale = await offices.officer(one, "advise", body, name="tan", version=1)
        given = await offices.officer(one, "advise", body, name="tan")
        twice = await offices.officer(given.json(), "advise", body, name="tan")

        assert code(foreign) == (403, "permits.not-your-agency")
        assert code(not_asked) == (409, "permits.agency-not-asked")
        assert code(stale) == (409, "permits.changed-meanwhile")
        assert given.json()["state"] == "under_review"
        assert code(twice) == (409, "permits.step-not-allowed")

    @pytest.mark.parametrize("body", [{**FINE, "conditions": ["cold"]}, {**WARM, "conditions": []}])
    async def test_names_conditions_exactly_when_it_has_some(
        self, offices: Desk, body: dict[str, Any]
    ) -> None:
        one = await consulting(offices)

        reply = await offices.officer(one, "advise", {"agency": "MAQIS", **body}, name="tan")

        assert code(reply) == (422, "permits.conditions-contradictory")

    @pytest.mark.parametrize(
        ("agencies", "refusal"),
        [
            (["MOH"], "permits.agency-asked-twice"),
            (["MAQIS", "MAQIS"], "permits.agency-asked-twice"),
            (["NASA"], "permits.agency-unknown"),
        ],
    )
    async def test_is_asked_of_other_agencies_of_this_country_once(
        self, offices: Desk, agencies: list[str], refusal: str
    ) -> None:
        one = await offices.under_review()

        reply = await offices.officer(one, "consult", {"agencies": agencies})

        assert code(reply) == (422, refusal)

    async def test_is_not_given_by_the_applicant(self, offices: Desk, permits: Running) -> None:
        one = await consulting(offices)
        await offices.officers("MAQIS", "kinta")
        own = permits.office.headers("permits:decide", member_id=SELLER)

        reply = await permits.post(
            f"/v1/applications/{one['id']}/advise",
            {"agency": "MAQIS", **FINE},
            headers={**own, "If-Match": f'"{one["version"]}"'},
        )

        assert code(reply) == (403, "permits.own-application")

    async def test_is_not_waited_for_once_the_deciding_agency_says_so(self, offices: Desk) -> None:
        one = await consulting(offices)

        foreign = await offices.officer(one, "end-consultation", name="tan")
        ended = (await offices.officer(one, "end-consultation")).json()

        assert code(foreign) == (403, "permits.not-your-agency")
        assert (ended["state"], ended["advice"], ended["desks"]) == ("under_review", [], ["MOH"])

    async def test_waits_with_the_clock_while_the_exporter_is_asked_by_an_adviser(
        self, offices: Desk, permits: Running
    ) -> None:
        one = await consulting(offices)
        asked = (await offices.officer(one, "ask", {"question": "how cold?"}, name="tan")).json()
        permits.clock.move(timedelta(days=20))
        unheard = await offices.officer(asked, "advise", {"agency": "MAQIS", **FINE}, name="tan")

        back = (await offices.seller(asked, "answer", {"answer": "-18"})).json()
        reply = await permits.http.get("/v1/work-queue", headers=offices.as_officer("tan"))
        [item] = reply.json()["items"]

        assert (asked["state"], asked["desks"]) == ("awaiting_exporter", [])
        assert code(unheard) == (409, "permits.step-not-allowed")
        assert (back["state"], back["desks"]) == ("consultation", ["MAQIS"])
        assert item["days_spent"] == 0


class TestAgencies:
    async def test_are_given_and_taken_by_the_operator(self, permits: Running) -> None:
        desk, operator = Desk(permits), permits.office.headers("hub:operate")
        await desk.officers("MOH", "aminah", "aminah", "siti")
        path = "/v1/agencies/MOH/officers"
        aminah = an_actor("aminah").member_id
        one = (await desk.seller(await desk.draft(), "submit")).json()

        listed = (await permits.http.get(path, headers=operator)).json()["items"]
        taken = await permits.http.delete(f"{path}/{aminah}", headers=operator)
        denied = await desk.officer(one, "take-up")
        other = await desk.officer(one, "take-up", name="siti")

        assert {o["member_id"] for o in listed} == {aminah, an_actor("siti").member_id}
        assert taken.status_code == 204
        assert code(denied) == (403, "permits.not-your-agency")
        assert other.json()["state"] == "initial_checks"

    async def test_are_those_of_the_country_and_not_for_officers_to_give(
        self, offices: Desk, permits: Running
    ) -> None:
        aminah = an_actor("aminah").member_id

        unknown = await permits.http.put(
            f"/v1/agencies/NASA/officers/{aminah}", headers=permits.office.headers("hub:operate")
        )
        herself = await permits.http.put(
            f"/v1/agencies/MAQIS/officers/{aminah}", headers=offices.as_officer()
        )

        assert code(unknown) == (422, "permits.agency-unknown")
        assert code(herself) == (403, "scope-missing")

    @pytest.mark.parametrize("deed", ["suspend", "revoke"])
    async def test_stop_only_their_own_licences(self, offices: Desk, deed: str) -> None:
        licence = await offices.licence((await offices.issued())["licence_id"])

        foreign = await offices.to_licence(licence, deed, name="tan")
        own = await offices.to_licence(licence, deed, name="siti")

        assert code(foreign) == (403, "permits.not-your-agency")
        assert own.status_code == 200


class TestDesks:
    async def queue(self, desk: Desk, name: str, **query: Any) -> list[tuple[str, str | None]]:
        reply = await desk.service.http.get(
            "/v1/work-queue", params=query, headers=desk.as_officer(name)
        )
        assert reply.status_code == 200, reply.text
        return [(item["desk"], item["officer_id"]) for item in reply.json()["items"]]

    async def test_hold_what_the_agencys_own_officers_have_to_do(
        self, offices: Desk, permits: Running
    ) -> None:
        one = (await offices.seller(await offices.draft(), "submit")).json()
        before = [await self.queue(offices, name) for name in ("siti", "tan")]
        one = (await offices.officer(one, "take-up")).json()
        one = (await offices.officer(one, "pass-checks")).json()
        await offices.officer(one, "consult", {"agencies": ["MAQIS"]})

        after = [await self.queue(offices, name) for name in ("siti", "tan")]
        foreign = await permits.http.get(
            "/v1/work-queue?agency=MAQIS", headers=offices.as_officer("siti")
        )

        assert before == [[("MOH", None)], []]
        assert after == [[], [("MAQIS", None)]]
        assert code(foreign) == (403, "permits.not-your-agency")

    async def test_say_who_works_on_what(self, offices: Desk) -> None:
        one = (await offices.seller(await offices.draft(), "submit")).json()
        aminah, siti, tan = (an_actor(n).member_id for n in ("aminah", "siti", "tan"))

        async def assign(officer_id: str | None, agency: str = "MOH", **by: Any) -> httpx.Response:
            body = {"agency": agency, "officer_id": officer_id}
            return await offices.officer(one, "assign", body, **by)

        foreign = await assign(tan)
        elsewhere = await assign(tan, agency="MAQIS", name="tan")
        one = (await assign(siti)).json()
        stale = await assign(aminah, version=one["version"] - 1)
        mine = [await self.queue(offices, name, mine=True) for name in ("aminah", "siti")]
        one = (await assign(None)).json()
        nobodys = await self.queue(offices, "siti", mine=True)
        one = (await offices.officer(one, "take-up")).json()

        assert code(foreign) == (422, "permits.officer-foreign")
        assert code(elsewhere) == (409, "permits.agency-not-asked")
        assert code(stale) == (409, "permits.changed-meanwhile")
        assert mine == [[], [("MOH", siti)]]
        assert nobodys == []
        assert one["assigned"] == {"MOH": aminah}
