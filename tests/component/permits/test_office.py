"""An office's day: what waits, what is urgent, who changed what, papers that prove themselves."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from services.permits.domain.document import verify_permit
from services.permits.domain.signing import IssuerKey
from services.permits.service import create_service
from services.permits.settings import PermitsSettings
from shared.contracts.permits.events import PermitIssued
from tests.builders.permits import OTHER_SELLER
from tests.builders.running import Running, running
from tests.component.permits.conftest import DURIAN, Desk, a_desk

LISTED: dict[str, Any] = {
    **DURIAN,
    "facts": {"farm_certificate": "MYGAP-PHG-0001", "plant_no": "MY-FD-0001"},
}


async def queue(desk: Desk, **query: Any) -> dict[str, Any]:
    reply = await desk.service.http.get("/v1/work-queue", params=query, headers=desk.as_officer())
    assert reply.status_code == 200, reply.text
    return dict(reply.json())


class TestWorkQueue:
    async def test_shows_the_most_urgent_first_or_the_oldest(
        self, desk: Desk, permits: Running
    ) -> None:
        health = (await desk.seller(await desk.draft(), "submit")).json()
        permits.clock.move(timedelta(hours=1))
        durian = (await desk.seller(await desk.draft(LISTED), "submit")).json()

        by_due = (await queue(desk))["items"]
        by_age = (await queue(desk, sort="age"))["items"]

        # The quarantine office decides in three working days, the ministry in five.
        assert [(i["application_id"], i["due_on"]) for i in by_due] == [
            (durian["id"], "2026-09-04"),
            (health["id"], "2026-09-08"),
        ]
        assert [i["application_id"] for i in by_age] == [health["id"], durian["id"]]

    async def test_is_one_agencys_at_one_risk(self, desk: Desk, permits: Running) -> None:
        await desk.seller(await desk.draft(), "submit")
        await desk.seller(await desk.draft(LISTED), "submit")
        permits.clock.move(timedelta(days=6))

        of_maqis = (await queue(desk, agency="MAQIS"))["items"]
        risks = {
            risk: [i["agency"] for i in (await queue(desk, risk=risk))["items"]]
            for risk in ("on-track", "due-soon", "overdue")
        }

        assert [(i["days_left"], i["risk"]) for i in of_maqis] == [(-1, "overdue")]
        assert risks == {"on-track": [], "due-soon": ["MOH"], "overdue": ["MAQIS"]}

    async def test_holds_only_what_an_officer_can_do_something_about(self, desk: Desk) -> None:
        await desk.draft()
        await desk.seller(await desk.draft(DURIAN), "submit")
        await desk.issued()
        waiting = await desk.under_review()

        items = (await queue(desk))["items"]

        assert [i["application_id"] for i in items] == [waiting["id"]]
        assert items[0]["case_officer_id"] is not None

    async def test_gives_back_the_days_on_which_the_exporter_was_asked(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.under_review()
        permits.clock.move(timedelta(days=1))
        asked = (await desk.officer(one, "ask", {"question": "which shop?"})).json()
        permits.clock.move(timedelta(days=13))

        none = (await queue(desk))["items"]
        await desk.seller(asked, "answer", {"answer": "this one"})
        [item] = (await queue(desk))["items"]

        # One day was spent; four are left after Tuesday 15 September, and Wednesday is a holiday.
        assert none == []
        assert (item["days_spent"], item["days_left"], item["due_on"]) == (1, 4, "2026-09-22")

    async def test_is_read_page_by_page(self, desk: Desk, permits: Running) -> None:
        made = [(await desk.seller(await desk.draft(), "submit")).json()["id"] for _ in range(3)]

        for sort in ("due", "age"):
            first = await queue(desk, sort=sort, limit=2)
            second = await queue(desk, sort=sort, limit=2, cursor=first["next_cursor"])

            shown = [i["application_id"] for i in (*first["items"], *second["items"])]
            assert shown == sorted(made)
            assert second["next_cursor"] is None

    async def test_is_for_officers(self, desk: Desk, permits: Running) -> None:
        reply = await permits.http.get("/v1/work-queue", headers=desk.as_seller())

        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")


class TestTrail:
    async def test_tells_who_changed_which_field_from_what_to_what(
        self, desk: Desk, permits: Running
    ) -> None:
        one = (await desk.seller(await desk.draft(DURIAN), "submit")).json()
        facts = {"plant_no": "MY-FD-0001"}
        await desk.seller(one, "answer", {"answer": "this one", "facts": facts})

        path = f"/v1/applications/{one['id']}/changes"
        steps = (await permits.http.get(path, headers=desk.as_officer())).json()["items"]
        answered = {c["field"]: (c["before"], c["after"]) for c in steps[-1]["changes"]}

        assert [(s["deed"], s["member_id"] is None) for s in steps] == [
            ("edit", False),
            ("submit", False),
            ("ask", True),
            ("answer", False),
        ]
        assert answered["wish.facts.plant_no"] == ("MY-FD-9999", "MY-FD-0001")
        assert answered["state"] == ("awaiting_exporter", "submitted")
        assert "id" not in answered

    async def test_is_shown_to_the_applicant_and_officers_only(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.draft()
        path = f"/v1/applications/{one['id']}/changes"

        own = await permits.http.get(path, headers=desk.as_seller())
        foreign = await permits.http.get(path, headers=desk.as_seller(OTHER_SELLER))

        assert (own.status_code, foreign.status_code) == (200, 404)


class TestDocuments:
    async def test_prove_themselves_with_the_hubs_published_keys(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        path = f"/v1/licences/{one['licence_id']}/document"
        document = (await permits.http.get(path, headers=desk.as_seller())).json()["document"]
        published = (await permits.http.get("/.well-known/permit-keys.json")).json()["keys"]
        [issued] = await permits.said(PermitIssued)

        keys = {jwk["kid"]: IssuerKey.of_jwk("my-kul", jwk) for jwk in published}
        checks = verify_permit(document, keys, at=permits.clock.now())

        assert all(check.passed for check in checks)
        assert issued.document == document

    async def test_fail_by_name_once_the_permit_is_stopped_or_the_paper_touched(
        self, desk: Desk, permits: Running
    ) -> None:
        one = await desk.issued()
        path = f"/v1/licences/{one['licence_id']}/document"
        document = (await permits.http.get(path, headers=desk.as_seller())).json()["document"]

        async def verdict(text: str) -> tuple[bool, str]:
            reply = await permits.post("/v1/documents/verify", {"document": text})
            return reply.json()["is_good"], reply.json()["checks"][-1]["name"]

        good = await verdict(document)
        touched = await verdict(document[:-4] + "AAAA")
        await desk.to_licence(await desk.licence(one["licence_id"]), "suspend")
        stopped = await verdict(document)

        assert good == (True, "not-stopped")
        assert touched == (False, "signature")
        assert stopped == (False, "not-stopped")

    async def test_are_missing_where_the_hub_has_no_key(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with running(
            create_service,
            PermitsSettings,
            database_url=database_url,
            directory=tmp_path,
            hub="my-kul",
            peers=["cn-hgh"],
        ) as keyless:
            desk = await a_desk(keyless)
            one = await desk.issued()
            path = f"/v1/licences/{one['licence_id']}/document"

            reply = await keyless.http.get(path, headers=desk.as_seller())
            published = await keyless.http.get("/.well-known/permit-keys.json")

        assert (reply.status_code, reply.json()["code"]) == (404, "permits.document-not-signed")
        assert published.json() == {"keys": []}
