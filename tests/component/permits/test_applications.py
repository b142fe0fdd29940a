"""An application from draft to licence, or back to the exporter, and who may do what on the way."""

from datetime import timedelta

from shared.contracts.permits.events import ApplicationMoved, PermitIssued, PermitStopped
from tests.builders.permits import OTHER_SELLER, SELLER
from tests.builders.running import Running
from tests.component.permits.conftest import DURIAN, HEALTH, Desk


class TestApplying:
    async def test_ends_in_a_licence_that_two_officers_signed(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()

        licence = await desk.licence(one["licence_id"])
        [issued] = await permits.said(PermitIssued)
        moved = [event.state for event in await permits.said(ApplicationMoved)]

        assert (licence["state"], licence["permit_no"]) == ("issued", "MOH-2026-000001")
        assert [(line["quantity"], line["left"]) for line in licence["lines"]] == [(128, 128)]
        assert (issued.holder_id, issued.destination, issued.document_code) == (
            SELLER,
            "CN",
            "636",
        )
        assert moved == [
            "submitted",
            "initial_checks",
            "under_review",
            "countersign",
            "issued",
        ]

    async def test_numbers_permits_of_an_agency_and_year_without_gaps(self, desk: Desk) -> None:
        first, second = await desk.issued(), await desk.issued()

        numbers = [(await desk.licence(o["licence_id"]))["permit_no"] for o in (first, second)]

        assert numbers == ["MOH-2026-000001", "MOH-2026-000002"]

    async def test_comes_back_to_the_exporter_when_the_plant_is_not_listed(
        self, desk: Desk
    ) -> None:
        reply = await desk.seller(await desk.draft(DURIAN), "submit")
        one = reply.json()

        withdrawn = await desk.seller(one, "withdraw")

        assert one["state"] == "awaiting_exporter"
        assert [found["field"] for found in one["question"]["findings"]] == ["facts.plant_no"]
        assert one["question"]["asked_by"] is None
        assert withdrawn.json()["state"] == "withdrawn"

    async def test_goes_on_once_the_exporter_names_a_listed_plant(self, desk: Desk) -> None:
        one = (await desk.seller(await desk.draft(DURIAN), "submit")).json()
        wrong = await desk.seller(
            one, "answer", {"answer": "sorry", "facts": {"plant_no": "MY-FD-8888"}}
        )

        right = await desk.seller(
            one, "answer", {"answer": "there", "facts": {"plant_no": "MY-FD-0001"}}
        )

        assert wrong.json()["state"] == "awaiting_exporter"
        assert right.json()["state"] == "submitted"

    async def test_keeps_weights_in_the_grams_that_customs_reports(self, desk: Desk) -> None:
        listed = {**DURIAN, "facts": {**DURIAN["facts"], "plant_no": "MY-FD-0001"}}
        one = await desk.issued(listed)

        [line] = (await desk.licence(one["licence_id"]))["lines"]

        assert (line["quantity"], line["unit"]) == (500_000, "GRM")

    async def test_refuses_goods_units_and_permits_it_does_not_know(
        self, desk: Desk, permits: Running
    ) -> None:
        line = HEALTH["lines"][0]
        bodies = {
            "permits.goods-not-covered": {
                **HEALTH,
                "lines": [{**line, "hs_code": "9404909000"}],
            },
            "permits.unit-not-measured": {**HEALTH, "lines": [{**line, "unit": "LTR"}]},
            "permits.type-unknown": {**HEALTH, "permit_type": "a-wish"},
        }
        for code, body in bodies.items():
            reply = await permits.post("/v1/applications", body, headers=desk.as_seller())

            assert (reply.status_code, reply.json()["code"]) == (422, code)

    async def test_lets_a_draft_be_edited_by_who_has_read_it(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.draft()
        path, wish = f"/v1/applications/{one['id']}", {**one["wish"], "end_use": "retail"}

        def headers(version: str) -> dict[str, str]:
            return {**desk.as_seller(), "If-Match": version}

        stale = await permits.http.put(path, json=wish, headers=headers('"7"'))
        silent = await permits.http.put(path, json=wish, headers=desk.as_seller())
        edited = await permits.http.put(path, json=wish, headers=headers('"1"'))

        assert (stale.status_code, stale.json()["code"]) == (409, "permits.changed-meanwhile")
        assert (silent.status_code, silent.json()["code"]) == (400, "permits.if-match-missing")
        assert (edited.headers["ETag"], edited.json()["wish"]["end_use"]) == ('"2"', "retail")

    async def test_is_nobody_elses_business(self, desk: Desk, permits: Running) -> None:
        one = await desk.issued()
        other = desk.as_seller(OTHER_SELLER)

        read = await permits.http.get(f"/v1/applications/{one['id']}", headers=other)
        submit = await permits.post(f"/v1/applications/{one['id']}/submit", headers=other)
        licence = await permits.http.get(f"/v1/licences/{one['licence_id']}", headers=other)
        lists = [
            (await permits.http.get(path, headers=other)).json()["items"]
            for path in ("/v1/applications", "/v1/licences")
        ]

        assert [reply.status_code for reply in (read, submit, licence)] == [404, 404, 404]
        assert lists == [[], []]


class TestDeciding:
    async def test_needs_two_officers_who_are_two_members(self, desk: Desk) -> None:
        one = await desk.under_review()
        one = (await desk.officer(one, "decide", {"outcome": "issue", "reason": "good"})).json()

        alone = await desk.officer(one, "countersign", {"agree": True, "reason": "me again"})

        assert (alone.status_code, alone.json()["code"]) == (403, "permits.four-eyes")

    async def test_is_about_the_version_that_was_read(self, desk: Desk) -> None:
        one = await desk.under_review()
        decision = {"outcome": "refuse", "reason": "incomplete"}

        stale = await desk.officer(one, "decide", decision, version=one["version"] - 1)
        again = await desk.officer(one, "decide", decision)
        twice = await desk.officer(one, "decide", decision)

        assert (stale.status_code, stale.json()["code"]) == (409, "permits.changed-meanwhile")
        assert again.json()["state"] == "countersign"
        assert twice.status_code == 409

    async def test_goes_back_to_review_when_the_second_officer_disagrees(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.under_review()
        one = (await desk.officer(one, "decide", {"outcome": "issue", "reason": "good"})).json()

        reply = await desk.officer(
            one, "countersign", {"agree": False, "reason": "not so"}, name="siti"
        )

        assert (reply.json()["state"], reply.json()["proposal"]) == ("under_review", None)
        assert await permits.said(PermitIssued) == []

    async def test_is_not_for_the_applicant(self, desk: Desk, permits: Running) -> None:
        one = (await desk.seller(await desk.draft(), "submit")).json()
        await desk.officers("MOH", "kinta")
        both = permits.office.headers("permits:write", "permits:decide", member_id=SELLER)

        own = await permits.post(
            f"/v1/applications/{one['id']}/take-up",
            headers={**both, "If-Match": f'"{one["version"]}"'},
        )
        unscoped = await permits.post(
            f"/v1/applications/{one['id']}/take-up",
            headers={**desk.as_seller(), "If-Match": f'"{one["version"]}"'},
        )

        assert (own.status_code, own.json()["code"]) == (403, "permits.own-application")
        assert (unscoped.status_code, unscoped.json()["code"]) == (403, "scope-missing")

    async def test_can_be_appealed_once_and_is_heard_by_a_third_officer(self, desk: Desk) -> None:
        one = await desk.under_review()
        one = (await desk.officer(one, "decide", {"outcome": "refuse", "reason": "no"})).json()
        agree = {"agree": True, "reason": "indeed"}
        refused = (await desk.officer(one, "countersign", agree, name="siti")).json()
        appeal = (await desk.seller(refused, "appeal", {"reason": "please"})).json()
        verdict = {"allow": False, "reason": "no again"}

        biased = await desk.officer(appeal, "hear-appeal", verdict, name="siti")
        heard = await desk.officer(appeal, "hear-appeal", verdict, name="tan")
        second = await desk.seller(refused, "appeal", {"reason": "please, please"})

        assert refused["decision"]["reason"] == "no"
        assert (biased.status_code, biased.json()["code"]) == (403, "permits.four-eyes")
        assert heard.json()["state"] == "refused"
        assert (second.status_code, second.json()["code"]) == (409, "permits.appeal-too-late")

    async def test_can_not_be_appealed_after_thirty_days(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.under_review()
        one = (await desk.officer(one, "decide", {"outcome": "refuse", "reason": "no"})).json()
        agree = {"agree": True, "reason": "indeed"}
        refused = (await desk.officer(one, "countersign", agree, name="siti")).json()
        permits.clock.move(timedelta(days=30, seconds=1))

        late = await desk.seller(refused, "appeal", {"reason": "please"})

        assert (late.status_code, late.json()["code"]) == (409, "permits.appeal-too-late")


class TestAmending:
    async def test_supersedes_what_was_not_decided_yet(self, desk: Desk, permits: Running) -> None:
        one = (await desk.seller(await desk.draft(), "submit")).json()

        amended = await desk.seller(one, "amend")
        old = await permits.http.get(f"/v1/applications/{one['id']}", headers=desk.as_seller())

        assert (amended.status_code, amended.json()["state"]) == (201, "draft")
        assert amended.json()["supersedes"] == one["id"]
        assert old.json()["state"] == "superseded"

    async def test_leaves_an_issued_permit_in_force_until_the_new_one_is(
        self, desk: Desk, permits: Running
    ) -> None:
        old = await desk.issued()
        new = (await desk.seller(old, "amend")).json()
        meanwhile = (await desk.licence(old["licence_id"]))["state"]
        new = (await desk.seller(new, "submit")).json()
        new = (await desk.officer(new, "take-up")).json()
        new = (await desk.officer(new, "pass-checks")).json()
        new = (await desk.officer(new, "decide", {"outcome": "issue", "reason": "ok"})).json()

        agree = {"agree": True, "reason": "seen"}
        new = (await desk.officer(new, "countersign", agree, name="siti")).json()
        [stopped] = await permits.said(PermitStopped)

        assert meanwhile == "issued"
        assert (await desk.licence(old["licence_id"]))["state"] == "surrendered"
        assert (await desk.licence(new["licence_id"]))["state"] == "issued"
        assert stopped.reason == "replaced by MOH-2026-000002"
