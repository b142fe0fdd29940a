"""A parcel's way through the destination's customs, from its documents to its release."""

import itertools
from typing import Any

import pytest

from shared.contracts.customs.events import (
    DeclarationAccepted,
    DeclarationHeld,
    DeclarationReleased,
    DeclarationReturned,
    DeclarationSentBack,
)
from tests.builders.customs_events import WRONG_PHONE, Parcel, coffee, departed, yuan
from tests.builders.running import Running
from tests.component.customs.steps import declaration_of, hear_all, hear_document, steps

A_001 = Parcel()


async def decide(
    customs: Running, parcel: Parcel, verb: str, status: int = 200, **body: Any
) -> dict[str, Any]:
    path = f"/v1/declarations/{parcel.declaration_id}/{verb}"
    reply = await customs.post(path, {"reason": "a-tip", **body})
    assert reply.status_code == status, reply.text
    return reply.json()  # type: ignore[no-any-return]


class TestCompleteDossier:
    async def test_is_accepted_and_released_with_its_tax_bill(self, destination: Running) -> None:
        await hear_all(destination, A_001)

        found = await declaration_of(destination, A_001)
        accepted = await destination.said(DeclarationAccepted)
        released = await destination.said(DeclarationReleased)

        assert steps(found) == [2, 3, 120, 800]
        assert (found["tax"], found["lane"]) == (yuan("6.37").model_dump(), "green")
        assert found["missing"] == []
        assert found["authority"]["simulated"] is True
        assert [event.declaration_id for event in accepted] == [A_001.declaration_id]
        assert [(event.tax, event.tax_bill_no) for event in released] == [
            (yuan("6.37"), found["tax_bill_no"])
        ]

    async def test_tells_the_seller_s_hub_in_the_order_of_its_versions(
        self, destination: Running
    ) -> None:
        await hear_all(destination, A_001)

        said = [e for e in await destination.envelopes() if e.subject == A_001.declaration_id]

        assert [envelope.audience for envelope in said] == ["my-kul", "my-kul"]
        assert [envelope.sequence for envelope in said] == sorted({e.sequence for e in said})

    @pytest.mark.parametrize("missing", ["order", "payment", "waybill", "export", "departure"])
    async def test_is_waited_for(self, destination: Running, missing: str) -> None:
        await hear_all(destination, A_001, besides=[missing])

        found = await declaration_of(destination, A_001)

        assert (found["status"], found["missing"]) == (1, [missing])
        assert await destination.said(DeclarationAccepted) == []

    async def test_has_no_declaration_before_its_booking(self, destination: Running) -> None:
        await hear_all(destination, A_001, besides=["booking"])

        reply = await destination.http.get(f"/v1/declarations/{A_001.declaration_id}")

        assert (reply.status_code, reply.json()["code"]) == (404, "customs.declaration-not-found")

    async def test_is_closed_when_the_buyer_has_the_parcel(self, destination: Running) -> None:
        await hear_all(destination, A_001)
        await destination.hear(A_001.delivered())

        assert steps(await declaration_of(destination, A_001)) == [2, 3, 120, 800, 899]


class TestMismatch:
    async def test_returns_the_declaration_until_the_waybill_is_corrected(
        self, destination: Running
    ) -> None:
        await hear_all(destination, A_001, waybill=A_001.waybill(consignee_phone=WRONG_PHONE))
        returned = await declaration_of(destination, A_001)
        await hear_document(destination, "waybill", A_001.waybill(version=2))
        corrected = await declaration_of(destination, A_001)

        said = await destination.said(DeclarationReturned)

        assert (returned["status"], returned["tax_bill_no"]) == (100, None)
        assert [(f["code"], f["field"]) for f in returned["findings"]] == [
            ("C11", "consignee.phone")
        ]
        assert steps(corrected) == [2, 3, 100, 2, 3, 120, 800]
        assert [(event.status, len(event.findings)) for event in said] == [("100", 1)]

    async def test_is_not_repeated_while_nothing_new_is_wrong(self, destination: Running) -> None:
        wrong = A_001.waybill(consignee_phone=WRONG_PHONE)
        await hear_all(destination, A_001, waybill=wrong)
        await hear_document(destination, "departure", departed([A_001]))
        await hear_document(
            destination, "waybill", wrong.model_copy(update={"version": 2, "carrier_code": "777"})
        )

        assert steps(await declaration_of(destination, A_001)) == [2, 3, 100]
        assert len(await destination.said(DeclarationReturned)) == 1

    async def test_never_lets_a_personal_value_out(self, destination: Running) -> None:
        await hear_all(destination, A_001, waybill=A_001.waybill(consignee_phone=WRONG_PHONE))

        said = b"".join(envelope.data for envelope in await destination.envelopes())

        for personal in ("13800000001", WRONG_PHONE, "林舒", "330106190001010017", "文三路"):
            assert personal.encode() not in said

    async def test_finds_a_second_parcel_of_the_same_order(self, destination: Running) -> None:
        await hear_all(destination, A_001)
        twin = Parcel("A-001b")
        again = {
            "booking": twin.booked(order_id=A_001.order_id, order_no=A_001.order_no),
            "waybill": twin.waybill(order_no=A_001.order_no),
        }
        await hear_all(destination, twin, besides=["order", "payment"], **again)

        found = await declaration_of(destination, twin)

        assert [finding["code"] for finding in found["findings"]] == ["order-declared-twice"]

    async def test_can_be_a_goods_code_that_the_marketplace_amends(
        self, destination: Running
    ) -> None:
        short = A_001.placed(lines=(coffee(hs_code="210112"),))
        await hear_all(destination, A_001, order=short)
        returned = await declaration_of(destination, A_001)
        path = f"/v1/declarations/{A_001.declaration_id}/amendments"

        unknown = await destination.post(path, {"lines": [{"line_no": 9, "hs_code": "2101120000"}]})
        amended = await destination.post(path, {"lines": [{"line_no": 1, "hs_code": "2101120000"}]})
        late = await destination.post(path, {"lines": [{"line_no": 1, "hs_code": "2101120000"}]})

        assert [(f["code"], f["field"]) for f in returned["findings"]] == [
            ("N1", "lines[1].hs_code")
        ]
        assert unknown.json()["code"] == "customs.line-unknown"
        assert (amended.status_code, amended.json()["status"]) == (201, 800)
        assert (late.status_code, late.json()["code"]) == (409, "customs.step-not-allowed")


class TestOfficer:
    async def test_inspects_a_parcel_on_its_way_and_releases_it(self, destination: Running) -> None:
        await hear_all(destination, A_001, besides=["departure"])
        wished = await decide(destination, A_001, "inspect")
        await hear_document(destination, "departure", departed([A_001]))
        held = await declaration_of(destination, A_001)
        released = await decide(destination, A_001, "release")

        assert (wished["status"], wished["to_inspect"]) == (1, True)
        assert (held["status"], held["lane"]) == (500, "red")
        assert steps(released)[-3:] == [120, 500, 800]
        assert [e.status for e in await destination.said(DeclarationHeld)] == ["500"]
        assert len(await destination.said(DeclarationReleased)) == 1

    @pytest.mark.parametrize(
        ("found", "tax", "relieved"),
        [
            ({"outcome": "conform"}, "6.37", None),
            ({"outcome": "short", "missing": [{"line_no": 1, "missing": 1}]}, "0.00", "6.37"),
        ],
    )
    async def test_says_what_was_paid_in_vain_for_pieces_that_are_not_there(
        self, destination: Running, found: dict[str, Any], tax: str, relieved: str | None
    ) -> None:
        red = Parcel("A-081-RED")
        await hear_all(destination, red)
        path = f"/v1/declarations/{red.declaration_id}/inspections"
        noted = await destination.post(path, found)
        again = await destination.post(path, found)

        (said,) = await destination.said(DeclarationReleased)
        assert (noted.status_code, again.status_code) == (201, 409)
        assert (said.tax, said.tax_relieved) == (yuan(tax), relieved and yuan(relieved))

    async def test_sends_a_parcel_back(self, destination: Running) -> None:
        red = Parcel("A-081-RED")
        await hear_all(destination, red)
        sent_back = await decide(destination, red, "send-back")

        said = await destination.said(DeclarationSentBack)

        assert steps(sent_back) == [2, 3, 120, 500, 700]
        assert [(event.logistics_no, event.reason) for event in said] == [
            (red.logistics_no, "a-tip")
        ]
        assert await destination.said(DeclarationReleased) == []

    async def test_detains_and_reads_papers(self, destination: Running) -> None:
        red, yellow = Parcel("A-1-RED"), Parcel("A-2-YELLOW")
        await hear_all(destination, red)
        await hear_all(destination, yellow)
        reply = await destination.post(
            f"/v1/declarations/{red.declaration_id}/detain", {"reason": "a-tip", "status": 502}
        )
        released = await decide(destination, yellow, "release")

        assert reply.json()["status"] == 502
        assert steps(released) == [2, 3, 120, 300, 399, 800]
        assert [event.status for event in await destination.said(DeclarationHeld)] == [
            "500",
            "300",
            "502",
        ]

    async def test_is_refused_what_the_status_forbids(self, destination: Running) -> None:
        await hear_all(destination, A_001)

        refused = await decide(destination, A_001, "send-back", status=409)

        assert refused["code"] == "customs.step-not-allowed"
        assert (refused["current"], refused["wanted"]) == (800, 700)

    async def test_needs_the_scope_to_decide(self, destination: Running) -> None:
        headers = destination.office.headers("customs:read", "customs:write")

        reply = await destination.post(
            f"/v1/declarations/{A_001.declaration_id}/release", {"reason": "a"}, headers=headers
        )

        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")


class TestCancelled:
    @pytest.mark.parametrize("what", ["order", "parcel"])
    async def test_parcel_is_never_declared(self, destination: Running, what: str) -> None:
        if what == "order":
            await destination.hear(A_001.cancelled())
        else:
            await destination.hear(A_001.parcel_cancelled(), origin="my-kul")
        await hear_all(destination, A_001)

        found = await declaration_of(destination, A_001)

        assert found["status"] == 1
        assert found["withdrawn"] in {"buyer-changed-mind", "short-shipped"}

    async def test_order_that_is_held_is_not_released(self, destination: Running) -> None:
        red = Parcel("A-1-RED")
        await hear_all(destination, red)
        await destination.hear(red.cancelled())

        assert (await decide(destination, red, "release", status=409))["current"] == 500
        assert (await decide(destination, red, "send-back"))["status"] == 700

    async def test_parcel_makes_room_for_another_of_its_order(self, destination: Running) -> None:
        twin = Parcel("A-001b")
        await destination.hear(A_001.parcel_cancelled(), origin="my-kul")
        await hear_all(destination, A_001)
        again = {
            "booking": twin.booked(order_id=A_001.order_id, order_no=A_001.order_no),
            "waybill": twin.waybill(order_no=A_001.order_no),
        }
        await hear_all(destination, twin, besides=["order", "payment"], **again)

        assert (await declaration_of(destination, twin))["status"] == 800


class TestList:
    async def test_pages_through_what_the_caller_may_see(self, destination: Running) -> None:
        parcels = [Parcel(f"P-{number}") for number in range(5)]
        for parcel in parcels:
            await hear_all(destination, parcel)
        await hear_all(destination, Parcel("P-9"), besides=["departure"])

        seen: list[str] = []
        cursor: str | None = None
        for _ in itertools.repeat(None, 10):
            query = {"limit": 2, "status": 800} | ({"cursor": cursor} if cursor else {})
            page = (await destination.http.get("/v1/declarations", params=query)).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break

        assert seen == sorted(parcel.declaration_id for parcel in parcels)

    async def test_shows_others_nothing(self, destination: Running) -> None:
        await hear_all(destination, A_001)
        marketplace = A_001.placed().marketplace_id
        own = destination.office.headers("customs:read", member_id=marketplace)
        foreign = destination.office.headers("customs:read")

        async def listed(headers: dict[str, str]) -> int:
            reply = await destination.http.get("/v1/declarations", headers=headers)
            return len(reply.json()["items"])

        path = f"/v1/declarations/{A_001.declaration_id}"
        assert (await listed(own), await listed(foreign)) == (1, 0)
        assert (await destination.http.get(path, headers=own)).status_code == 200
        assert (await destination.http.get(path, headers=foreign)).status_code == 404

    async def test_refuses_a_status_that_does_not_exist(self, destination: Running) -> None:
        reply = await destination.http.get("/v1/declarations", params={"status": 5})

        assert (reply.status_code, reply.json()["code"]) == (422, "customs.status-unknown")

    @pytest.mark.parametrize("cursor", ["AA", "not base64!", "_w"])
    async def test_refuses_a_cursor_it_did_not_give(
        self, destination: Running, cursor: str
    ) -> None:
        reply = await destination.http.get("/v1/declarations", params={"cursor": cursor})

        assert (reply.status_code, reply.json()["code"]) == (422, "cursor-malformed")
